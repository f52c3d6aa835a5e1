import { useQuery } from '@tanstack/react-query';
import { api } from '../kit/api.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import type { Dependents } from './consequences.ts';

/** What depends on a person, call flow, ring group or opening hours, as the API knows it. */

const readers = {
  user: (id: string) => api.GET('/users/{id}/dependents', { params: { path: { id } } }),
  flow: (id: string) => api.GET('/callflows/{id}/dependents', { params: { path: { id } } }),
  ring_group: (id: string) => api.GET('/ringgroups/{id}/dependents', { params: { path: { id } } }),
  schedule: (id: string) => api.GET('/schedules/{id}/dependents', { params: { path: { id } } }),
};

const nothing: Dependents = { dependents: [], truncated: false };

/**
 * @param of undefined: nothing is known to depend on it
 * @returns undefined: not read yet; nothing for who may not read it
 */
export function useDependents(of: keyof typeof readers | undefined, id: string): Dependents | undefined {
  const isReader = isAllowed(useSession(), ['telephony:read']) && of !== undefined;
  const { data } = useQuery({
    // Not among the lists: those are read again when something is deleted, which then has no dependents to ask for.
    queryKey: ['dependents', of, id],
    queryFn: async (): Promise<Dependents> =>
      (of === undefined ? undefined : (await readers[of](id)).data?.data) ?? nothing,
    enabled: isReader,
  });
  return isReader ? data : nothing;
}
