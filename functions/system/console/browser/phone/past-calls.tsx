import { Button, Group, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { t } from '../texts/texts.ts';
import { dateTimeText } from '../kit/format.ts';
import { partyOf } from '../calls/names.ts';
import { usePeople } from '../calls/use-people.ts';
import { isDialable, outcomeOf, useOwnCalls } from './own-calls.ts';
import type { RecentCall } from './recent-calls.ts';

const shownCalls = 8;

type EntryProps = {
  readonly text: string;
  readonly what: string;
  readonly number: string;
  readonly onCall: (number: string) => void;
};

function Entry({ text, what, number, onCall }: EntryProps) {
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs" mb={4}>
      <div>
        <Text size="sm">{text}</Text>
        <Text size="xs" c="dimmed">
          {what}
        </Text>
      </div>
      {isDialable(number) && (
        <Button
          size="compact-xs"
          variant="default"
          aria-label={t('Call {number}', { number })}
          onClick={() => onCall(number)}
        >
          {t('Call')}
        </Button>
      )}
    </Group>
  );
}

type PastCallsProps = { readonly recent: readonly RecentCall[]; readonly onCall: (number: string) => void };

/** The calls that the person had last. */
export function PastCalls({ recent, onCall }: PastCallsProps) {
  const people = usePeople();
  const [since] = useState(() => Date.now());
  const earlier = useOwnCalls(shownCalls).filter(({ at }) => at < since);
  const calls: readonly RecentCall[] = [...recent, ...earlier];
  const nameOf = (number: string, party: string): string =>
    people.byNumber.has(number) ? partyOf(number, people) : party;
  return (
    <section aria-labelledby="own-calls">
      <Title order={3} size="h5" id="own-calls" mb="xs">
        {t('Last calls')}
      </Title>
      {calls.length === 0 && <Text size="sm">{t('None yet.')}</Text>}
      {calls.map(({ id, at, party, number, isOutgoing, isAnswered }) => (
        <Entry
          key={id}
          text={t(isOutgoing ? 'to {name}' : 'from {name}', { name: nameOf(number, party) })}
          what={`${dateTimeText(at)}, ${outcomeOf(isOutgoing, isAnswered)}`}
          number={number}
          onCall={onCall}
        />
      ))}
    </section>
  );
}
