import { useQuery } from '@tanstack/react-query';
import { api } from '../kit/api.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import type { Dependents } from './consequences.ts';

/** What depends on a person or a call flow, as the API knows it. */

const readers = {
  user: (id: string) => api.GET('/users/{id}/dependents', { params: { path: { id } } }),
  flow: (id: string) => api.GET('/callflows/{id}/dependents', { params: { path: { id } } }),
};

const nothing: Dependents = { dependents: [], truncated: false };

/** @returns undefined: not read yet; nothing for who may not read it */
export function useDependents(of: keyof typeof readers, id: string): Dependents | undefined {
  const isReader = isAllowed(useSession(), ['telephony:read']);
  const { data } = useQuery({
    // Not among the lists: those are read again when something is deleted, which then has no dependents to ask for.
    queryKey: ['dependents', of, id],
    queryFn: async (): Promise<Dependents> => (await readers[of](id)).data?.data ?? nothing,
    enabled: isReader,
  });
  return isReader ? data : nothing;
}
