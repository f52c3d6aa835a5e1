import { useQuery } from '@tanstack/react-query';
import { api } from './api.ts';
import { useSession, useSigning } from './session.tsx';

/** Name and type of the organization that is looked at. Undefined: the person's own is, or it is not read yet. */
export function useLookedAt() {
  const { organization } = useSigning();
  const { data } = useQuery({
    queryKey: ['organization', organization],
    queryFn: async () => (await api.GET('/orgs/{id}', { params: { path: { id: organization ?? '' } } })).data?.data,
    enabled: organization !== null,
    staleTime: 60_000,
  });
  return data;
}

/** Whether the organization whose pages are open sells to others. */
export function useIsSeller(): boolean {
  const { reach } = useSession();
  const { organization } = useSigning();
  const type = useLookedAt()?.type;
  return reach !== 'own' && (organization === null || (type !== undefined && type !== 'customer'));
}
