import { Alert, Button, Card, FileButton, Group, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { at, isObject, listIn, textIn, type JsonObject } from '../../json-value.ts';
import { isConflict } from '../kit/api-error.ts';
import { asksForRemoval, request, type ApiRequest } from '../kit/api.ts';
import { ConflictNotice, versionIn } from '../kit/conflict.tsx';
import { ControlInput } from '../kit/control-input.tsx';
import { shownZone } from '../kit/format.ts';
import { LeaveGuard } from '../kit/leave-guard.tsx';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { ShowAs } from '../kit/read-only.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { locale } from '../texts/language.ts';
import { Select, TextInput } from '../kit/form-inputs.tsx';
import { useToday } from '../kit/today.ts';
import { t } from '../texts/texts.ts';
import { answered } from '../resources/answers.ts';
import { useSaving } from '../resources/saving.ts';
import { Deletion } from '../resources/item-page.tsx';
import { telephony } from '../resources/telephony.ts';
import { Dates } from './dates.tsx';
import { HolidayPicker } from './holiday-picker.tsx';
import { WeekGrid } from './week-grid.tsx';
import {
  comingDays,
  dateLabel,
  weekAlwaysOpen,
  weekNeverOpen,
  weekOf,
  weekOfOffice,
  windowsAfter,
  windowsOf,
  windowText,
  type Week,
} from './week.ts';

type Draft = {
  readonly name: string;
  readonly zone: string;
  readonly override: string | null;
  /** As it was read. */
  readonly weekly: readonly unknown[];
  readonly week: Week;
  readonly dates: readonly JsonObject[];
};

const draftOf = (saved: JsonObject): Draft => ({
  name: textIn(saved['name']),
  zone: textIn(saved['time_zone']) || shownZone(),
  override: textIn(saved['override']) || null,
  weekly: listIn(saved['weekly']),
  week: weekOf(saved['weekly']),
  dates: listIn(saved['dates']).filter(isObject),
});

const bodyOf = ({ name, zone, override, weekly, week, dates }: Draft) => ({
  name,
  time_zone: zone,
  weekly: windowsAfter(weekly, week),
  dates,
  override,
});

const read = async (id: string): Promise<JsonObject> => {
  if (id === 'new') return { name: '', weekly: [] };
  const { values } = answered(await request({ method: 'GET', path: `/schedules/${id}` }));
  return values;
};

/** "When are we open?" The hours of a week as a grid, the days that differ, and the next two weeks by them. */
export function SchedulePage({ id }: { readonly id: string }) {
  const queries = useQueryClient();
  const saving = useSaving('schedules', id);
  const { data } = useSuspenseQuery({ queryKey: ['schedule', id], queryFn: () => read(id) });
  // The editor begins once more with what was saved here, not with what others save since.
  const [times, setTimes] = useState(0);
  const begin = (): void => setTimes((count) => count + 1);
  const take = async (): Promise<void> => {
    await queries.invalidateQueries({ queryKey: ['schedule', id] });
    saving.reset();
    begin();
  };
  const shared = { id, saving, onBegin: begin, onTake: () => void take() };
  return <Editor key={`${id} ${times}`} saved={data} {...shared} />;
}

type EditorProps = {
  readonly id: string;
  readonly saved: JsonObject;
  /** Outlives the editor, which begins once more with what was saved. */
  readonly saving: ReturnType<typeof useSaving>;
  /** Begins with what is known to be saved. */
  readonly onBegin: () => void;
  /** Begins with what is saved now. */
  readonly onTake: () => void;
};

/** Whether two drafts say the same to the API. */
const isSame = (one: Draft, other: Draft): boolean => JSON.stringify(bodyOf(one)) === JSON.stringify(bodyOf(other));

function Editor({ id, saved, saving, onBegin, onTake }: EditorProps) {
  const operations = useOperations('telephony');
  const canWrite = isAllowed(useSession(), operationOf(operations, 'PUT /schedules/{id}').scopes);
  const [before] = useState(saved);
  const [opened] = useState(() => draftOf(before));
  const [draft, setDraft] = useState(opened);
  const change = (part: Partial<Draft>): void => setDraft((all) => ({ ...all, ...part }));
  const wanted: ApiRequest = { method: 'PUT', path: `/schedules/${id}`, body: bodyOf(draft) };
  const save = (version = versionIn(before)): void =>
    saving.mutate({ ...wanted, body: { ...bodyOf(draft), ...asksForRemoval }, version }, { onSuccess: onBegin });
  const pages = telephony.find(({ key }) => key === 'schedules');
  const isChanged = canWrite && !isSame(draft, opened);
  const actions = (
    <>
      {id !== 'new' && pages !== undefined && <Deletion of={pages} id={id} name={draft.name} />}
      <Button loading={saving.isPending} onClick={() => save()}>
        {t('Save')}
      </Button>
    </>
  );
  return (
    <Page title={textIn(saved['name']) || t('New opening hours')} requests={[wanted]} actions={canWrite && actions}>
      <LeaveGuard isChanged={isChanged && !saving.isPending} />
      <SaveProblem {...{ id, saving, before, onTake }} onOverwrite={save} />
      <SavedNotice saving={saving} />
      {id !== 'new' && <StateNow id={id} zone={textIn(saved['time_zone'])} />}
      <Hours draft={draft} canWrite={canWrite} onChange={change} />
      <Card withBorder>
        <Dates dates={draft.dates} isReadOnly={!canWrite} onChange={(dates) => change({ dates })} />
        {canWrite && (
          <HolidayPicker
            dates={draft.dates}
            zone={draft.zone}
            onAdd={(added) => change({ dates: [...draft.dates, ...added] })}
          />
        )}
        {canWrite && id !== 'new' && (
          <CalendarFile {...{ id, version: versionIn(before) }} isReady={!isChanged} onRead={onBegin} />
        )}
      </Card>
      <ComingDays draft={draft} />
    </Page>
  );
}

type HoursProps = {
  readonly draft: Draft;
  readonly canWrite: boolean;
  readonly onChange: (part: Partial<Draft>) => void;
};

/** Its name and zone, and the hours of a week. */
const Hours = ({ draft, canWrite, onChange }: HoursProps) => (
  <>
    <ShowAs as={canWrite ? 'inputs' : 'values'}>
      <Settings draft={draft} onChange={onChange} />
    </ShowAs>
    <Card withBorder>
      <Text fw={600} mb="xs" role="status">
        {windowsOf(draft.week).map(windowText).join('; ') || t('Never open')} ({draft.zone})
      </Text>
      {canWrite && <Weeks onChange={(week) => onChange({ week })} />}
      <WeekGrid week={draft.week} isReadOnly={!canWrite} onChange={(week) => onChange({ week })} />
    </Card>
  </>
);

type SaveProblemProps = Pick<EditorProps, 'id' | 'saving' | 'onTake'> & {
  readonly before: JsonObject;
  readonly onOverwrite: (version: number | undefined) => void;
};

const fields = ['name', 'time_zone', 'weekly', 'dates', 'override'];

/** What the API rejects. Where it is a change of somebody else, the person decides. */
const SaveProblem = ({ id, saving: { error, isPending }, before, onOverwrite, onTake }: SaveProblemProps) =>
  isConflict(error) ? (
    <ConflictNotice names={fields} read={() => read(id)} isSending={isPending} {...{ before, onOverwrite, onTake }} />
  ) : (
    <Problem error={error} />
  );

const SavedNotice = ({ saving }: Pick<EditorProps, 'saving'>) =>
  saving.isSuccess && (
    <Alert color="green" role="status">
      {t('Saved.')} {saving.data.warnings.join(' ')}
    </Alert>
  );

const weeks: readonly (readonly [string, Week])[] = [
  [t('Monday to Friday, 9 to 17'), weekOfOffice],
  [t('Always open'), weekAlwaysOpen],
  [t('Never open'), weekNeverOpen],
];

/** Whole weeks by a click. */
const Weeks = ({ onChange }: { readonly onChange: (week: Week) => void }) => (
  <Group gap="xs" mb="xs">
    {weeks.map(([label, week]) => (
      <Button key={label} size="compact-sm" variant="default" onClick={() => onChange(week)}>
        {label}
      </Button>
    ))}
  </Group>
);

type CalendarFileProps = {
  readonly id: string;
  /** Of the days above. */
  readonly version: number | undefined;
  readonly isReady: boolean;
  readonly onRead: () => void;
};

/** Holidays from a file of iCalendar, such as those of a country or a school: it replaces the days that differ. */
function CalendarFile({ id, version, isReady, onRead }: CalendarFileProps) {
  const queries = useQueryClient();
  const importing = useMutation({
    mutationFn: async (file: File) => {
      const body = await file.text();
      await request({ method: 'PUT', path: `/schedules/${id}`, body, type: 'text/calendar', version });
      await queries.invalidateQueries();
    },
    onSuccess: onRead,
  });
  return (
    <Stack gap="xs" mt="md">
      <Problem error={importing.error} />
      <Group gap="xs">
        <FileButton accept=".ics,text/calendar" onChange={(file) => file !== null && importing.mutate(file)}>
          {(props) => (
            <Button {...props} variant="default" disabled={!isReady} loading={importing.isPending}>
              {t('Take holidays from a calendar file')}
            </Button>
          )}
        </FileButton>
        <Text size="sm" c="dimmed">
          {isReady ? t('An .ics file. Its whole days replace the days above.') : t('Save first.')}
        </Text>
      </Group>
    </Stack>
  );
}

/** Days that are shown. */
const twoWeeks = 14;

/** What the draft makes of the next days: a look at it before it is saved. */
function ComingDays({ draft: { week, dates, zone, override } }: { readonly draft: Draft }) {
  const days = comingDays(week, dates, useToday(zone), twoWeeks);
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {t('The next 14 days')}
      </Title>
      {override !== null && (
        <Text size="sm" mb="xs">
          {t('While “Now” is set, these hours have no effect.')}
        </Text>
      )}
      <Table aria-label={t('The next 14 days')}>
        <Table.Tbody>
          {days.map(({ date, hours, occasion }) => (
            <Table.Tr key={date}>
              <Table.Th scope="row">{dateLabel(date)}</Table.Th>
              <Table.Td>{hours}</Table.Td>
              <Table.Td>{occasion}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

type SettingsProps = {
  readonly draft: Draft;
  readonly onChange: (part: Partial<Draft>) => void;
};

function Settings({ draft: { name, zone, override }, onChange }: SettingsProps) {
  const common = { label: t('Time zone'), description: '', required: true, error: null, placeholder: '' };
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      <TextInput label={t('Name')} required value={name} onChange={({ target }) => onChange({ name: target.value })} />
      <ControlInput
        control="time zone"
        common={common}
        value={zone}
        onChange={(next) => onChange({ zone: textIn(next) || zone })}
      />
      <Select
        label={t('Now')}
        allowDeselect={false}
        data={[
          { value: '', label: t('as the hours say') },
          { value: 'open', label: t('open, whatever the hours say') },
          { value: 'closed', label: t('closed, whatever the hours say') },
        ]}
        value={override ?? ''}
        onChange={(next) => onChange({ override: next === '' ? null : next })}
      />
    </SimpleGrid>
  );
}

/** Milliseconds. */
const interval = 60_000;

/** Whether it is open as it was saved, and until when on the clock of its zone. */
function StateNow({ id, zone }: { readonly id: string; readonly zone: string }) {
  const { data, error } = useQuery({
    queryKey: ['schedule state', id],
    queryFn: async () => at(await request({ method: 'GET', path: `/schedules/${id}/at` }), 'data'),
    refetchInterval: interval,
  });
  if (data === undefined) return <Problem error={error} />;
  const until = textIn(at(data, 'until'));
  const state = stateWords[textIn(at(data, 'state'))] ?? textIn(at(data, 'state'));
  return (
    <Text role="status">
      {until === ''
        ? t('It is {state} now.', { state })
        : t('It is {state} now until {until}.', { state, until: `${timeIn(zone, until)} (${zone})` })}
    </Text>
  );
}

const stateWords: Readonly<Record<string, string>> = { open: t('open'), closed: t('closed'), holiday: t('holiday') };

const timeIn = (zone: string, instant: string): string =>
  new Date(instant).toLocaleString(locale, { timeZone: zone, dateStyle: 'full', timeStyle: 'short' });
