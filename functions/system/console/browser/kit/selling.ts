import { useQuery } from '@tanstack/react-query';
import { api } from './api.ts';
import { audienceOf, type Audience } from './audience.ts';
import { useSession, useSigning } from './session.tsx';

/** Of another organization that is looked at. Undefined: the person's own is, or it is not read yet. */
function useLookedAt() {
  const { organization } = useSigning();
  const { data } = useQuery({
    queryKey: ['organization', organization],
    queryFn: async () => (await api.GET('/orgs/{id}', { params: { path: { id: organization ?? '' } } })).data?.data,
    enabled: organization !== null,
    staleTime: 60_000,
  });
  return data;
}

/** The organization whose pages are open: the one that is looked at, or the person's own. Undefined: not read yet. */
export function useOrganization() {
  const session = useSession();
  const { organization } = useSigning();
  const lookedAt = useLookedAt();
  return organization === null ? { id: session.org_id, ...session.organization } : lookedAt;
}

/** For whom the pages are. */
export function useAudience(): Audience {
  return audienceOf(useSession(), useOrganization()?.type ?? 'customer');
}

/** Whether the organization whose pages are open sells to others. */
export function useIsSeller(): boolean {
  const audience = useAudience();
  return audience === 'reseller' || audience === 'operator';
}
