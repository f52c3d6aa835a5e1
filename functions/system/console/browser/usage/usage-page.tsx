import { Button, Group, SegmentedControl, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { request, saveFile, type ApiRequest } from '../kit/api.ts';
import { dayAfter } from '../kit/days.ts';
import { LoadingPart } from '../kit/late-part.tsx';
import { useNamesIn, userNames, type NamedList } from '../kit/listed-names.ts';
import { Page, Problem } from '../kit/page.tsx';
import { useIsSeller } from '../kit/selling.ts';
import { useToday } from '../kit/today.ts';
import { t } from '../texts/texts.ts';
import { csvOf, groups, keyText, rowsIn, type Grouping, type UsageRow } from './rows.ts';
import { UsageTable } from './usage-table.tsx';

const spans = { today: t('Today'), month: t('This month'), before: t('Last month'), year: t('This year') } as const;
type Span = keyof typeof spans;

/** By what rows are, and how long a time the API has them for. */
const times = { hour: t('By hour'), day: t('By day'), month: t('By month') } as const;
type By = keyof typeof times;
const timeOfSpan: Readonly<Record<Span, By>> = { today: 'hour', month: 'day', before: 'day', year: 'month' };

const isSpan = (value: string | null): value is Span => value !== null && Object.hasOwn(spans, value);
const isTime = (value: string): value is By => Object.hasOwn(times, value);
const isGroup = (value: string | null): value is Grouping => value !== null && Object.hasOwn(groups, value);

/** The first and the last day. @param today `2026-11-27` */
function daysOf(span: Span, today: string): { readonly from: string; readonly to: string } {
  const firstOfMonth = `${today.slice(0, 7)}-01`;
  const endBefore = dayAfter(firstOfMonth, -1);
  switch (span) {
    case 'today':
      return { from: today, to: today };
    case 'month':
      return { from: firstOfMonth, to: today };
    case 'before':
      return { from: `${endBefore.slice(0, 7)}-01`, to: endBefore };
    case 'year':
      return { from: `${today.slice(0, 4)}-01-01`, to: today };
  }
}

type Wanted = { readonly span: Span; readonly by: By; readonly group: Grouping };

function usageRequest({ span, by, group }: Wanted, today: string): ApiRequest {
  const days = daysOf(span, today);
  return { method: 'GET', path: '/usage', query: { ...days, by, ...(group === '' ? {} : { group }) } };
}

/** Lists whose names rows of a group have. */
const namedBy: Readonly<Partial<Record<Grouping, NamedList>>> = {
  user: userNames,
  customer: { path: '/orgs', scope: 'orgs:read' },
  gateway: { path: '/sipgateways', scope: 'telephony:read' },
};

/** "How much was called, by whom and to where, and what did it cost?" For who pays, and who sells. */
export function UsagePage() {
  const [wanted, setWanted] = useState<Wanted>({ span: 'month', by: 'day', group: '' });
  const asked = usageRequest(wanted, useToday());
  const { data: rows, error } = useQuery({
    queryKey: ['usage', asked.query],
    queryFn: async () => rowsIn(await request(asked)),
  });
  const listed = useNamesIn(namedBy[wanted.group]);
  const named = ({ key }: UsageRow): string => (wanted.group === '' ? '' : keyText(wanted.group, key, listed));
  const save = (): void => saveFile(new Blob([csvOf(rows ?? [], named)], { type: 'text/csv' }), 'usage.csv');
  return (
    <Page
      title={t('Usage')}
      requests={[asked]}
      actions={
        <Button variant="default" disabled={rows === undefined} onClick={save}>
          {t('Save as CSV')}
        </Button>
      }
    >
      <Choices wanted={wanted} onChange={setWanted} />
      <Problem error={error} />
      {rows === undefined && error === null && <LoadingPart />}
      {rows !== undefined && <UsageTable rows={rows} group={wanted.group} named={named} />}
    </Page>
  );
}

type ChoicesProps = { readonly wanted: Wanted; readonly onChange: (wanted: Wanted) => void };

function Choices({ wanted, onChange }: ChoicesProps) {
  const isSeller = useIsSeller();
  const offered = Object.entries(groups).filter(([value]) => isSeller || value !== 'customer');
  // Of a year there are no hours, and of hours no groups.
  const setTime = (by: By): void => onChange({ ...wanted, by, ...(by === 'hour' ? { group: '' } : {}) });
  const setSpan = (span: Span): void => {
    const by = timeOfSpan[span];
    onChange({ ...wanted, span, by: by === 'hour' && wanted.group !== '' ? 'day' : by });
  };
  const setGroup = (group: Grouping): void =>
    onChange({ ...wanted, group, ...(wanted.by === 'hour' && group !== '' ? { by: 'day' } : {}) });
  return (
    <Group gap="sm" align="end">
      <Select
        label={t('Time')}
        data={Object.entries(spans).map(([value, label]) => ({ value, label }))}
        value={wanted.span}
        allowDeselect={false}
        onChange={(span) => isSpan(span) && setSpan(span)}
      />
      <SegmentedControl
        aria-label={t('By hour, day or month')}
        data={Object.entries(times).map(([value, label]) => ({
          value,
          label,
          disabled: value === 'hour' && wanted.span === 'year',
        }))}
        value={wanted.by}
        onChange={(by) => isTime(by) && setTime(by)}
      />
      <Select
        label={t('And by')}
        data={offered.map(([value, label]) => ({ value, label }))}
        value={wanted.group}
        allowDeselect={false}
        onChange={(group) => isGroup(group) && setGroup(group)}
      />
    </Group>
  );
}
