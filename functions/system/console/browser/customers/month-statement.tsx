import { Select, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { amountText } from '../kit/amounts.ts';
import { dayText, monthText, numberText } from '../kit/format.ts';
import { LoadingPart } from '../kit/late-part.tsx';
import { Problem } from '../kit/page.tsx';
import { shownWord } from '../kit/shown.ts';
import { useToday } from '../kit/today.ts';
import { WideTable } from '../kit/wide-table.tsx';
import { t } from '../texts/texts.ts';
import { useStatement } from './facts.ts';
import { chargedIn, monthsUntil, type Statement } from './statement.ts';

/** Months that are offered: a statement has 366 days at most, and older ones are read by the API. */
const offered = 24;

/** What moved the balance in a month. */
export function MonthStatement({ id }: { readonly id: string }) {
  const months = monthsUntil(useToday('UTC'), offered);
  const [chosen, setMonth] = useState<string | null>(null);
  const month = chosen ?? months[0] ?? '';
  const { data, error } = useStatement(id, month);
  return (
    <Stack>
      <Select
        label={t('Month')}
        maw={280}
        allowDeselect={false}
        data={months.map((value) => ({ value, label: monthText(`${value}-15T12:00:00Z`) }))}
        value={month}
        onChange={setMonth}
      />
      <Problem error={error} />
      {data === undefined ? error === null && <LoadingPart /> : <StatementOf statement={data} />}
    </Stack>
  );
}

type Moved = { readonly key: string; readonly day: string; readonly text: string; readonly amount: string };

/** Entries and charges by day, the earliest first. */
function movedIn({ data, charges }: Statement): readonly Moved[] {
  const entries = data.map(({ id, created_at: at, type, reference, amount }): Moved => ({
    ...{ key: id, day: at, amount },
    text: [shownWord(type), reference].filter((part) => part !== null && part !== '').join(', '),
  }));
  const days = charges.map(({ day, calls, minutes, sms, amount }): Moved => ({
    ...{ key: day, day: `${day}T12:00:00Z`, amount },
    text: t('{calls} calls, {minutes} minutes, {sms} SMS', {
      calls: numberText(calls),
      minutes: numberText(Number(minutes), 1),
      sms: numberText(sms),
    }),
  }));
  return [...entries, ...days].toSorted((one, other) => one.day.localeCompare(other.day));
}

function StatementOf({ statement }: { readonly statement: Statement }) {
  const { opening_balance: opening, closing_balance: closing, currency } = statement;
  const charged = chargedIn(statement);
  const line = (title: string, amount: unknown, isBold = false) => (
    <Table.Tr fw={isBold ? 600 : undefined}>
      <Table.Td colSpan={2}>{title}</Table.Td>
      <Table.Td ta="right">{amountText(amount, currency)}</Table.Td>
    </Table.Tr>
  );
  return (
    <>
      <Text>{t('Calls and SMS of the month cost {amount}.', { amount: amountText(charged, currency) })}</Text>
      <WideTable minWidth={360}>
        <Table>
          <Table.Tbody>
            {line(t('Balance before'), opening, true)}
            {movedIn(statement).map(({ key, day, text, amount }) => (
              <Table.Tr key={key}>
                <Table.Td>{dayText(day)}</Table.Td>
                <Table.Td>{text}</Table.Td>
                <Table.Td ta="right">{amountText(amount, currency)}</Table.Td>
              </Table.Tr>
            ))}
            {line(t('Balance after it'), closing, true)}
          </Table.Tbody>
        </Table>
      </WideTable>
    </>
  );
}
