import { Alert, Button, Card, Select, SimpleGrid, Text, TextInput } from '@mantine/core';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { at, isObject, listIn, textIn, type JsonObject } from '../../json-value.ts';
import { request, type ApiRequest } from '../kit/api.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { answered } from '../resources/answers.ts';
import { useSaving } from '../resources/saving.ts';
import { Deletion } from '../resources/item-page.tsx';
import { telephony } from '../resources/telephony.ts';
import { Dates } from './dates.tsx';
import { WeekGrid } from './week-grid.tsx';
import { weekOf, windowsOf, windowText, type Week } from './week.ts';

type Draft = {
  readonly name: string;
  readonly zone: string;
  readonly override: string | null;
  readonly week: Week;
  readonly dates: readonly JsonObject[];
};

const draftOf = (saved: JsonObject): Draft => ({
  name: textIn(saved['name']),
  zone: textIn(saved['time_zone']) || Intl.DateTimeFormat().resolvedOptions().timeZone,
  override: textIn(saved['override']) || null,
  week: weekOf(saved['weekly']),
  dates: listIn(saved['dates']).filter(isObject),
});

const bodyOf = ({ name, zone, override, week, dates }: Draft) => ({
  name,
  time_zone: zone,
  weekly: windowsOf(week),
  dates,
  override,
});

const read = async (id: string): Promise<JsonObject> => {
  if (id === 'new') return { name: '', weekly: [] };
  const { values } = answered(await request({ method: 'GET', path: `/schedules/${id}` }));
  return values;
};

/** One schedule: the hours of its week as a grid, and the days that differ. */
export function SchedulePage({ id }: { readonly id: string }) {
  const saving = useSaving('schedules', id);
  const { data } = useSuspenseQuery({ queryKey: ['schedule', id], queryFn: () => read(id) });
  return <Editor key={`${id} ${textIn(data['updated_at'])}`} id={id} saved={data} saving={saving} />;
}

type EditorProps = {
  readonly id: string;
  readonly saved: JsonObject;
  /** Outlives the editor, which begins once more with what was saved. */
  readonly saving: ReturnType<typeof useSaving>;
};

function Editor({ id, saved, saving }: EditorProps) {
  const operations = useOperations('telephony');
  const canWrite = isAllowed(useSession(), operationOf(operations, 'PUT /schedules/{id}').scopes);
  const [draft, setDraft] = useState(() => draftOf(saved));
  const change = (part: Partial<Draft>): void => setDraft((all) => ({ ...all, ...part }));
  const wanted: ApiRequest = { method: 'PUT', path: `/schedules/${id}`, body: bodyOf(draft) };
  const pages = telephony.find(({ key }) => key === 'schedules');
  const actions = (
    <>
      {id !== 'new' && pages !== undefined && <Deletion of={pages} id={id} name={draft.name} />}
      <Button loading={saving.isPending} onClick={() => saving.mutate(wanted)}>
        Save
      </Button>
    </>
  );
  return (
    <Page title={textIn(saved['name']) || 'New schedule'} requests={[wanted]} actions={canWrite && actions}>
      <Problem error={saving.error} />
      {saving.isSuccess && (
        <Alert color="green" role="status">
          Saved. {saving.data.warnings.join(' ')}
        </Alert>
      )}
      {id !== 'new' && <StateNow id={id} zone={textIn(saved['time_zone'])} />}
      <Settings draft={draft} isReadOnly={!canWrite} onChange={change} />
      <Card withBorder>
        <Text fw={600} mb="xs" role="status">
          {windowsOf(draft.week).map(windowText).join('; ') || 'Never open'} ({draft.zone})
        </Text>
        <WeekGrid week={draft.week} isReadOnly={!canWrite} onChange={(week) => change({ week })} />
      </Card>
      <Card withBorder>
        <Dates dates={draft.dates} isReadOnly={!canWrite} onChange={(dates) => change({ dates })} />
      </Card>
    </Page>
  );
}

type SettingsProps = {
  readonly draft: Draft;
  readonly isReadOnly: boolean;
  readonly onChange: (part: Partial<Draft>) => void;
};

function Settings({ draft: { name, zone, override }, isReadOnly, onChange }: SettingsProps) {
  const zones = [...new Set([zone, ...Intl.supportedValuesOf('timeZone')])];
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      <TextInput
        label="Name"
        required
        disabled={isReadOnly}
        value={name}
        onChange={({ target }) => onChange({ name: target.value })}
      />
      <Select
        label="Time zone"
        searchable
        allowDeselect={false}
        limit={50}
        disabled={isReadOnly}
        data={zones}
        value={zone}
        onChange={(next) => onChange({ zone: next ?? zone })}
      />
      <Select
        label="Now"
        disabled={isReadOnly}
        allowDeselect={false}
        data={[
          { value: '', label: 'as the hours say' },
          { value: 'open', label: 'open, whatever the hours say' },
          { value: 'closed', label: 'closed, whatever the hours say' },
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
  const clock = until === '' ? '' : ` until ${timeIn(zone, until)} (${zone})`;
  return (
    <Text role="status">
      It is {textIn(at(data, 'state'))} now{clock}.
    </Text>
  );
}

const timeIn = (zone: string, instant: string): string =>
  new Date(instant).toLocaleString(undefined, { timeZone: zone, dateStyle: 'full', timeStyle: 'short' });
