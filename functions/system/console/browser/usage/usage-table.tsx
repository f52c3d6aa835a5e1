import { Table, Text } from '@mantine/core';
import { startOfDay } from '../kit/days.ts';
import { Empty } from '../kit/empty.tsx';
import { dateTimeText, dayText, durationText, monthText, numberText, percentText, shownZone } from '../kit/format.ts';
import { IconReport } from '../kit/icons.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { WideTable } from '../kit/wide-table.tsx';
import { answerRate, chargesText } from '../overview/hours.ts';
import { t } from '../texts/texts.ts';
import { groups, totalOf, type Grouping, type UsageRow, type UsageSums } from './rows.ts';

/** Noon of the zone is within the day, however long that is. */
const noon = (day: string): number => startOfDay(day, shownZone()) + 43_200_000;

function timeOf({ day, start }: UsageRow): string {
  if (start !== null) return dateTimeText(start);
  return day.length === 7 ? monthText(noon(`${day}-15`)) : dayText(noon(day));
}

/** The figures of a row, or of all rows. */
const figuresOf = (sums: UsageSums, hasMoney: boolean): readonly string[] => [
  numberText(sums.calls),
  numberText(sums.answered),
  percentText(answerRate(sums)),
  durationText(sums.talkSeconds),
  durationText(sums.billedSeconds),
  ...(hasMoney ? [chargesText(sums)] : []),
];

type UsageTableProps = {
  readonly rows: readonly UsageRow[];
  /** What else rows are by. Default: nothing. */
  readonly group?: Grouping;
  /** What a row is grouped by, in words. */
  readonly named?: (row: UsageRow) => string;
};

/** Calls of a time, with their total. */
export function UsageTable({ rows, group = '', named = () => '' }: UsageTableProps) {
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
            <Table.Tr key={`${row.day} ${row.start ?? ''} ${row.key ?? ''}`}>
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
