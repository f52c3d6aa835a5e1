import { Select, TextInput } from '@mantine/core';
import { useToday } from '../kit/today.ts';
import { t } from '../texts/texts.ts';
import { boundsOf, daysIn, spans, type Days } from './range.ts';

type DaysInputProps = { readonly days: Days; readonly onChange: (days: Days) => void };

const own = 'own';

/** The days of the search: some until now, or two that are chosen. */
export function DaysInput({ days, onChange }: DaysInputProps) {
  const { from, to } = boundsOf(days, useToday());
  const isOwn = !Object.hasOwn(spans, days);
  const choices = [...Object.entries(spans), [own, t('Other days')] as const];
  const ownDays = (first: string, last: string): void => {
    if (first !== '' && last !== '') onChange(`${first}..${last}`);
  };
  return (
    <>
      <Select
        aria-label={t('Days')}
        data={choices.map(([value, label]) => ({ value, label }))}
        value={isOwn ? own : days}
        allowDeselect={false}
        w={160}
        onChange={(next) => (next === own ? ownDays(from, to) : onChange(daysIn(next)))}
      />
      {isOwn && (
        <>
          <TextInput
            type="date"
            aria-label={t('First day')}
            value={from}
            onChange={({ target }) => ownDays(target.value, to)}
          />
          <TextInput
            type="date"
            aria-label={t('Last day')}
            value={to}
            onChange={({ target }) => ownDays(from, target.value)}
          />
        </>
      )}
    </>
  );
}
