import { useQuery } from '@tanstack/react-query';
import { api } from '../kit/api.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';

const noNames: ReadonlyMap<string, string> = new Map();
const most = 500;

/** The names of users by their ids: of the first 500. */
export function useUserNames(): ReadonlyMap<string, string> {
  const { data = noNames } = useQuery({
    queryKey: ['list', '/users', 'names'],
    queryFn: async () => {
      const { data: answer } = await api.GET('/users', { params: { query: { limit: most } } });
      return new Map((answer?.data ?? []).map(({ id, display_name: name }) => [id, name]));
    },
    enabled: isAllowed(useSession(), ['users:read']),
    staleTime: 60_000,
  });
  return data;
}
