import { Button, Group, SegmentedControl, Select, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { textIn } from '../../json-value.ts';
import { usePeople } from '../calls/use-people.ts';
import { request, saveFile, type ApiRequest } from '../kit/api.ts';
import { dayAfter, dayAt, startOfDay } from '../kit/days.ts';
import { Empty } from '../kit/empty.tsx';
import { dayText, durationText, monthText, numberText, percentText, shownZone } from '../kit/format.ts';
import { IconReport } from '../kit/icons.ts';
import { LoadingPart } from '../kit/late-part.tsx';
import { Page, Problem } from '../kit/page.tsx';
import { pageOf } from '../kit/pages.ts';
import { isAllowed } from '../kit/rights.ts';
import { useIsSeller } from '../kit/selling.ts';
import { useSession } from '../kit/session.tsx';
import { WideTable } from '../kit/wide-table.tsx';
import { t } from '../texts/texts.ts';
import { csvOf, groups, keyText, rowsIn, totalOf, type Grouping, type UsageRow, type UsageSums } from './rows.ts';
import { answerRate, chargesText } from '../overview/hours.ts';

const spans = { month: t('This month'), before: t('Last month'), year: t('This year') } as const;
type Span = keyof typeof spans;
type By = 'day' | 'month';

const isSpan = (value: string | null): value is Span => value !== null && Object.hasOwn(spans, value);
const isGroup = (value: string | null): value is Grouping => value !== null && Object.hasOwn(groups, value);

/** The first and the last day. @param today `2026-11-27` */
function daysOf(span: Span, today: string): { readonly from: string; readonly to: string } {
  const firstOfMonth = `${today.slice(0, 7)}-01`;
  const endBefore = dayAfter(firstOfMonth, -1);
  switch (span) {
    case 'month':
      return { from: firstOfMonth, to: today };
    case 'before':
      return { from: `${endBefore.slice(0, 7)}-01`, to: endBefore };
    case 'year':
      return { from: `${today.slice(0, 4)}-01-01`, to: today };
  }
}

type Wanted = { readonly span: Span; readonly by: By; readonly group: Grouping };

function usageRequest({ span, by, group }: Wanted): ApiRequest {
  const days = daysOf(span, dayAt(Date.now(), shownZone()));
  return { method: 'GET', path: '/usage', query: { ...days, by, ...(group === '' ? {} : { group }) } };
}

/** Lists whose names rows of a group have. */
const namedBy: Readonly<Partial<Record<Grouping, string>>> = { customer: '/orgs', gateway: '/sipgateways' };

const noNames: ReadonlyMap<string, string> = new Map();

function useNames(group: Grouping): ReadonlyMap<string, string> {
  const path = namedBy[group];
  const { data = noNames } = useQuery({
    queryKey: ['list', path, 'names'],
    queryFn: async () => {
      const { rows } = pageOf(await request({ method: 'GET', path: path ?? '', query: { limit: 500 } }), ['data']);
      return new Map(rows.map((row) => [textIn(row['id']), textIn(row['name'])]));
    },
    enabled: path !== undefined,
  });
  return data;
}

/** "How much was called, by whom and to where, and what did it cost?" For who pays, and who sells. */
export function UsagePage() {
  const [wanted, setWanted] = useState<Wanted>({ span: 'month', by: 'day', group: '' });
  const asked = usageRequest(wanted);
  const { data: rows, error } = useQuery({
    queryKey: ['usage', asked.query],
    queryFn: async () => rowsIn(await request(asked)),
  });
  const [people, names] = [usePeople(), useNames(wanted.group)];
  const named = ({ key }: UsageRow): string =>
    wanted.group === '' ? '' : keyText(wanted.group, key, { people, others: names });
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
      {rows !== undefined && <Rows rows={rows} group={wanted.group} named={named} />}
    </Page>
  );
}

type ChoicesProps = { readonly wanted: Wanted; readonly onChange: (wanted: Wanted) => void };

function Choices({ wanted, onChange }: ChoicesProps) {
  const isSeller = useIsSeller();
  const offered = Object.entries(groups).filter(([value]) => isSeller || value !== 'customer');
  return (
    <Group gap="sm" align="end">
      <Select
        label={t('Time')}
        data={Object.entries(spans).map(([value, label]) => ({ value, label }))}
        value={wanted.span}
        allowDeselect={false}
        onChange={(span) => isSpan(span) && onChange({ ...wanted, span, by: span === 'year' ? 'month' : 'day' })}
      />
      <SegmentedControl
        aria-label={t('By day or month')}
        data={[
          { value: 'day', label: t('By day') },
          { value: 'month', label: t('By month') },
        ]}
        value={wanted.by}
        onChange={(by) => onChange({ ...wanted, by: by === 'month' ? 'month' : 'day' })}
      />
      <Select
        label={t('And by')}
        data={offered.map(([value, label]) => ({ value, label }))}
        value={wanted.group}
        allowDeselect={false}
        onChange={(group) => isGroup(group) && onChange({ ...wanted, group })}
      />
    </Group>
  );
}

/** Noon of the zone is within the day, however long that is. */
const noon = (day: string): number => startOfDay(day, shownZone()) + 43_200_000;

const timeOf = ({ day }: UsageRow): string => (day.length === 7 ? monthText(noon(`${day}-15`)) : dayText(noon(day)));

/** The figures of a row, or of all rows. */
const figuresOf = (sums: UsageSums, hasMoney: boolean): readonly string[] => [
  numberText(sums.calls),
  numberText(sums.answered),
  percentText(answerRate(sums)),
  durationText(sums.talkSeconds),
  durationText(sums.billedSeconds),
  ...(hasMoney ? [chargesText(sums)] : []),
];

type RowsProps = {
  readonly rows: readonly UsageRow[];
  readonly group: Grouping;
  readonly named: (row: UsageRow) => string;
};

function Rows({ rows, group, named }: RowsProps) {
  const hasMoney = isAllowed(useSession(), ['billing:read']);
  if (rows.every(({ calls }) => calls === 0))
    return <Empty icon={IconReport} text={t('There were no calls in this time.')} />;
  const isGrouped = group !== '';
  const titles = [
    ...[t('Calls'), t('Answered'), t('Share'), t('Talk time'), t('Charged time')],
    ...(hasMoney ? [t('Cost')] : []),
  ];
  return (
    <WideTable minWidth={640}>
      <Table aria-label={t('Usage')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('Time')}</Table.Th>
            {isGrouped && <Table.Th>{groups[group]}</Table.Th>}
            {titles.map((title) => (
              <Table.Th key={title}>{title}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={`${row.day} ${row.key ?? ''}`}>
              <Table.Th scope="row">{timeOf(row)}</Table.Th>
              {isGrouped && <Table.Td>{named(row)}</Table.Td>}
              {figuresOf(totalOf([row]), hasMoney).map((figure, at) => (
                <Table.Td key={titles[at]}>{figure}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
        <Table.Tfoot>
          <Table.Tr>
            <Table.Th scope="row">{t('Total')}</Table.Th>
            {isGrouped && <Table.Td />}
            {figuresOf(totalOf(rows), hasMoney).map((figure, at) => (
              <Table.Td key={titles[at]}>
                <Text fw={600} size="sm">
                  {figure}
                </Text>
              </Table.Td>
            ))}
          </Table.Tr>
        </Table.Tfoot>
      </Table>
    </WideTable>
  );
}
