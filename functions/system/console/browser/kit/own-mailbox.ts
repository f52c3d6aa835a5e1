import { useQuery } from '@tanstack/react-query';
import { api } from './api.ts';
import { isAllowed } from './rights.ts';
import { useSession } from './session.tsx';

export const ownMailboxKey = ['own mailbox'];

/** The mailbox of the person who is signed in, with its counts. Null: it has none. Undefined: still unknown. */
export function useOwnMailbox() {
  const session = useSession();
  return useQuery({
    queryKey: ownMailboxKey,
    queryFn: async () => {
      const query = { org_id: session.org_id, user_id: session.sub, limit: 1 };
      return (await api.GET('/voicemailprefs', { params: { query } })).data?.data[0] ?? null;
    },
    refetchInterval: 30_000,
    enabled: isAllowed(session, ['messaging:read']),
  });
}
