import { Button, Group, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../kit/api.ts';
import { useOwnUser } from '../kit/own-user.ts';
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

const outcomeOf = ({ isOutgoing, isAnswered }: RecentCall): string => {
  if (isAnswered) return 'answered';
  return isOutgoing ? 'not answered' : 'missed';
};

/** The calls that the person placed before the phone was switched on, from the call records. */
function usePlacedCalls() {
  const session = useSession();
  const user = useOwnUser();
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
    .map(({ id, start_time: at, status, source, destination }) => {
      const number = source === user?.extension ? destination : source;
      // A user who is called is recorded by the SIP name of the phone that was rung.
      return { id, at: Date.parse(at), status, number, party: isDialable(number) ? number : 'a phone' };
    });
}

type PastCallsProps = { readonly recent: readonly RecentCall[]; readonly onCall: (number: string) => void };

/** The calls that the person had last. */
export function PastCalls({ recent, onCall }: PastCallsProps) {
  const placed = usePlacedCalls();
  const timeOf = (at: number): string => new Date(at).toLocaleString();
  return (
    <section aria-labelledby="own-calls">
      <Title order={3} size="h5" id="own-calls" mb="xs">
        Last calls
      </Title>
      {recent.length + placed.length === 0 && <Text size="sm">None yet.</Text>}
      {recent.map((call) => (
        <Entry
          key={call.id}
          text={`${call.isOutgoing ? 'to' : 'from'} ${call.party}`}
          what={`${timeOf(call.at)}, ${outcomeOf(call)}`}
          number={call.number}
          onCall={onCall}
        />
      ))}
      {placed.map(({ id, at, status, number, party }) => (
        <Entry key={id} text={`to ${party}`} what={`${timeOf(at)}, ${status}`} number={number} onCall={onCall} />
      ))}
    </section>
  );
}
