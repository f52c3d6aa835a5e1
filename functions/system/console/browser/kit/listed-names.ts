import { useQuery, type Query } from '@tanstack/react-query';
import { freshFor, largestPage, readAll } from './all-rows.ts';
import { request } from './api.ts';
import { idOf } from './pages.ts';
import { isAllowed } from './rights.ts';
import { useSession } from './session.tsx';
import { choiceOf } from './targets.ts';

/** Names by id. `isWhole`: an id without a name is that of nothing that exists. */
export type ListedNames = { readonly names: ReadonlyMap<string, string>; readonly isWhole: boolean };

const noNames: ListedNames = { names: new Map(), isWhole: false };

/** A list, and the scope that reads it. */
export type NamedList = { readonly path: string; readonly scope: string };

export const userNames: NamedList = { path: '/users', scope: 'users:read' };

/** The names in a list; none until it is read, and for whom may not. @param list undefined: none is read */
export function useNamesIn(list: NamedList | undefined): ListedNames {
  const session = useSession();
  const { data = noNames } = useQuery({
    queryKey: ['list', list?.path, 'names'],
    queryFn: async (): Promise<ListedNames> => {
      const wanted = { method: 'GET', path: list?.path ?? '', query: { limit: largestPage } };
      const { rows, isWhole } = await readAll(request, wanted);
      return { names: new Map(rows.map((row) => [idOf(row), choiceOf({ namedBy: 'id' }, row)?.label ?? ''])), isWhole };
    },
    staleTime: ({ state }: Query<ListedNames>) => freshFor(state.data?.names.size ?? 0),
    enabled: list !== undefined && isAllowed(session, [list.scope]),
  });
  return data;
}
