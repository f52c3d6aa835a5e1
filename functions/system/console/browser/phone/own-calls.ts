import { useQuery } from '@tanstack/react-query';
import { api } from '../kit/api.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { t } from '../texts/texts.ts';
import type { RecentCall } from './recent-calls.ts';

/** Whether a phone can call it: a number that is withheld cannot be called back. */
export const isDialable = (number: string): boolean => /^\+?[0-9*#]{1,20}$/.test(number);

/** How a call of the person ended, as a word. */
export const outcomeOf = (isOutgoing: boolean, isAnswered: boolean): string => {
  if (isAnswered) return t('answered');
  return isOutgoing ? t('not answered') : t('missed');
};

/** The last calls of the person, from the call records. Newest first. @param limit how many */
export function useOwnCalls(limit: number): readonly RecentCall[] {
  const session = useSession();
  const { data = [] } = useQuery({
    queryKey: ['own calls', session.sub, limit],
    queryFn: async () => {
      const params = { path: { customerId: session.sub }, query: { org_id: session.org_id, limit } };
      return (await api.GET('/Calls/customer/{customerId}/history', { params })).data?.calls ?? [];
    },
    enabled: isAllowed(session, ['calls:read']),
  });
  return data.map(({ id, start_time: at, status, direction, user_id: user, source, destination }) => {
    const isOutgoing = direction !== 'inbound' && user === session.sub;
    const number = isOutgoing ? destination : source;
    return {
      ...{ id, at: Date.parse(at), number, isOutgoing, isAnswered: status === 'completed' },
      party: number,
    };
  });
}
