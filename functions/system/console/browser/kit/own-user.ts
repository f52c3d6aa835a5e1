import { useQuery } from '@tanstack/react-query';
import { api } from './api.ts';
import { useSession } from './session.tsx';

/** Of the user who is signed in: its name, and its extension if it has one. Null: still unknown, or not readable. */
export function useOwnUser(): { readonly name: string; readonly extension: string | null } | null {
  const { sub, org_id: organization, username } = useSession();
  const { data } = useQuery({
    queryKey: ['own user', sub],
    queryFn: async () => {
      const params = { path: { id: sub }, query: { org_id: organization } };
      const user = (await api.GET('/users/{id}', { params })).data?.data;
      return { name: user?.display_name ?? username, extension: user?.extension ?? null };
    },
    staleTime: 60_000,
  });
  return data ?? null;
}
