import { Button, Group, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../kit/api.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import type { RecentCall } from './recent-calls.ts';

const shownCalls = 8;

const isDialable = (number: string): boolean => /^\+?[0-9*#]{1,20}$/.test(number);

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
        <Button size="compact-xs" variant="default" aria-label={`Call ${number}`} onClick={() => onCall(number)}>
          Call
        </Button>
      )}
    </Group>
  );
}

const outcomeOf = (isOutgoing: boolean, isAnswered: boolean): string => {
  if (isAnswered) return 'answered';
  return isOutgoing ? 'not answered' : 'missed';
};

/** The person's calls before the phone was switched on, from the call records. */
function useEarlierCalls(): readonly RecentCall[] {
  const session = useSession();
  const [since] = useState(() => new Date().toISOString());
  const { data = [] } = useQuery({
    queryKey: ['own calls', session.sub],
    queryFn: async () => {
      const query = { org_id: session.org_id, limit: shownCalls };
      const params = { path: { customerId: session.sub }, query };
      return (await api.GET('/Calls/customer/{customerId}/history', { params })).data?.calls ?? [];
    },
    enabled: isAllowed(session, ['calls:read']),
  });
  return data
    .filter(({ start_time: start }) => start < since)
    .map(({ id, start_time: at, status, direction, user_id: user, source, destination }) => {
      const isOutgoing = direction !== 'inbound' && user === session.sub;
      const number = isOutgoing ? destination : source;
      return {
        ...{ id, at: Date.parse(at), number, isOutgoing, isAnswered: status === 'completed' },
        party: number,
      };
    });
}

type PastCallsProps = { readonly recent: readonly RecentCall[]; readonly onCall: (number: string) => void };

/** The calls that the person had last. */
export function PastCalls({ recent, onCall }: PastCallsProps) {
  const calls: readonly RecentCall[] = [...recent, ...useEarlierCalls()];
  return (
    <section aria-labelledby="own-calls">
      <Title order={3} size="h5" id="own-calls" mb="xs">
        Last calls
      </Title>
      {calls.length === 0 && <Text size="sm">None yet.</Text>}
      {calls.map(({ id, at, party, number, isOutgoing, isAnswered }) => (
        <Entry
          key={id}
          text={`${isOutgoing ? 'to' : 'from'} ${party}`}
          what={`${new Date(at).toLocaleString()}, ${outcomeOf(isOutgoing, isAnswered)}`}
          number={number}
          onCall={onCall}
        />
      ))}
    </section>
  );
}
