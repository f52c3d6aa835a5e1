import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../kit/api.ts';
import { useOwnUser } from '../kit/own-user.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';

/** How many messages of the person's mailbox no one has heard. Nothing, if it has no mailbox. */
export function NewMessages() {
  const session = useSession();
  const mailbox = useOwnUser()?.extension ?? '';
  const { data } = useQuery({
    queryKey: ['voicemail', mailbox, 'counts'],
    queryFn: async () => {
      const query = { org_id: session.org_id, mailbox, limit: 1 };
      return (await api.GET('/voicemail', { params: { query } })).data?.counts ?? null;
    },
    refetchInterval: 30_000,
    enabled: mailbox !== '' && isAllowed(session, ['messaging:read']),
  });
  if (data === undefined || data === null) return null;
  return <Text size="sm">New voicemail messages: {data.new}</Text>;
}
