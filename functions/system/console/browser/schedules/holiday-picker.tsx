import { Button, Group, Checkbox, ScrollArea, SimpleGrid, Stack, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { textIn, type JsonObject } from '../../json-value.ts';
import { api } from '../kit/api.ts';
import { ControlInput } from '../kit/control-input.tsx';
import { Dialog } from '../kit/dialog.tsx';
import { Select } from '../kit/form-inputs.tsx';
import { LoadingPart } from '../kit/late-part.tsx';
import { Problem } from '../kit/page.tsx';
import { useToday } from '../kit/today.ts';
import { language } from '../texts/language.ts';
import { t } from '../texts/texts.ts';
import { dateLabel, offeredDays, type OfferedDay } from './week.ts';

type PickerProps = {
  /** Of the schedule. */
  readonly dates: readonly JsonObject[];
  readonly zone: string;
  readonly onAdd: (dates: readonly JsonObject[]) => void;
};

/** Takes the holidays of a country into the days that differ. */
export function HolidayPicker(props: PickerProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Group mt="md">
        <Button variant="default" onClick={() => setOpen(true)}>
          {t('Add public holidays')}
        </Button>
      </Group>
      {isOpen && (
        <Dialog title={t('Public holidays')} size="lg" onClose={() => setOpen(false)}>
          <Picker {...props} onClose={() => setOpen(false)} />
        </Dialog>
      )}
    </>
  );
}

type Place = { readonly country?: string; readonly region?: string };

/** The holidays of a year and of the next one. Without a country: those where the organization is. */
function useHolidays(place: Place, year: number) {
  return useQuery({
    queryKey: ['holidays', place, year],
    queryFn: async () => {
      const answers = [year, year + 1].map((each) =>
        api.GET('/holidays', { params: { query: { ...place, language, year: each } } }),
      );
      const [first, second] = (await Promise.all(answers)).map(({ data }) => data?.data);
      return { ...first, holidays: [...(first?.holidays ?? []), ...(second?.holidays ?? [])] };
    },
    placeholderData: keepPreviousData,
  });
}

function Picker({ dates, zone, onAdd, onClose }: PickerProps & { readonly onClose: () => void }) {
  const today = useToday(zone);
  const [place, setPlace] = useState<Place>({});
  const [showsAll, setShowsAll] = useState(false);
  // Where it differs from what is proposed.
  const [choice, setChoice] = useState<Readonly<Record<string, boolean>>>({});
  const { data, error } = useHolidays(place, Number(today.slice(0, 4)));
  if (data === undefined) return error === null ? <LoadingPart /> : <Problem error={error} />;
  const move = (next: Place): void => {
    setPlace(next);
    setChoice({});
  };
  const offered = offeredDays(data.holidays, dates, today).filter(({ isPublic }) => isPublic || showsAll);
  const isChosen = ({ date, isPublic, isTaken }: OfferedDay): boolean => !isTaken && (choice[date] ?? isPublic);
  const chosen = offered.filter(isChosen);
  const add = (): void => {
    onAdd(chosen.map(({ date, name }) => ({ date, name, open: false })));
    onClose();
  };
  return (
    <Stack gap="sm">
      <PlaceInputs place={{ ...place, country: data.country ?? '' }} regions={data.regions ?? []} onChange={move} />
      <Problem error={error} />
      {offered.length === 0 && <Text>{t('The list has no holidays of this country.')}</Text>}
      <ScrollArea.Autosize mah={320} type="auto">
        <Stack gap={6} component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
          {offered.map((day) => (
            <li key={day.date}>
              <Checkbox
                label={`${dateLabel(day.date)} · ${day.name}`}
                description={day.isTaken ? t('Has an entry already.') : undefined}
                disabled={day.isTaken}
                checked={isChosen(day)}
                onChange={({ target }) => setChoice({ ...choice, [day.date]: target.checked })}
              />
            </li>
          ))}
        </Stack>
      </ScrollArea.Autosize>
      <Checkbox
        label={t('Also days on which many people work')}
        checked={showsAll}
        onChange={({ target }) => setShowsAll(target.checked)}
      />
      <Group>
        <Button disabled={chosen.length === 0} onClick={add}>
          {t('{count, plural, =0 {Add days} one {Add # day} other {Add # days}}', { count: chosen.length })}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t('Cancel')}
        </Button>
      </Group>
      <Text size="xs" c="dimmed">
        {t('From the list date-holidays (data from Wikipedia, CC BY-SA 3.0). Check it: new holidays may be missing.')}
      </Text>
    </Stack>
  );
}

type PlaceInputsProps = {
  readonly place: Place;
  readonly regions: readonly { readonly code: string; readonly name: string }[];
  readonly onChange: (place: Place) => void;
};

function PlaceInputs({ place: { country = '', region }, regions, onChange }: PlaceInputsProps) {
  const common = { label: t('Country'), description: '', required: true, error: null, placeholder: '' };
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <ControlInput
        control="country"
        common={common}
        value={country}
        onChange={(next) => onChange({ country: textIn(next) || country })}
      />
      {regions.length > 0 && (
        <Select
          label={t('Region')}
          placeholder={t('the whole country')}
          searchable
          clearable
          data={regions.map(({ code, name }) => ({ value: code, label: name }))}
          nothingFoundMessage={t('Nothing found')}
          value={region ?? null}
          onChange={(next) => onChange({ country, ...(next === null ? {} : { region: next }) })}
        />
      )}
    </SimpleGrid>
  );
}
