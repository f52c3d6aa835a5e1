import { useQuery, useQueryClient, type Query } from '@tanstack/react-query';
import { at, textIn, type JsonObject } from '../../json-value.ts';
import { freshFor, largestPage, readAll } from '../kit/all-rows.ts';
import { request } from '../kit/api.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { peopleOf, type People, type Person } from './names.ts';

const personIn = (entry: JsonObject): Person => ({
  id: textIn(entry['userId']),
  name: textIn(entry['displayName']),
  extension: textIn(entry['extension']),
  numbers: [entry['directNumber'], ...['mobilePhone', 'workPhone'].map((name) => at(entry, 'contactInfo', name))]
    .map(textIn)
    .filter((number) => number !== ''),
  isUser: textIn(entry['userId']).startsWith('usr_'),
});

const noPeople = peopleOf([]);

const key = ['people'];
const wanted = { method: 'GET', path: '/clientdirectory', query: { limit: largestPage, view: 'contact' } };

/**
 * The names of who calls and is called, by the directory; none until it is read, and for whom may not. The first ones
 * are shown while a large directory is read.
 */
export function usePeople(): People {
  const queries = useQueryClient();
  const isReadable = isAllowed(useSession(), ['users:read']);
  const { data = noPeople } = useQuery({
    queryKey: key,
    queryFn: async () => {
      const isFirst = queries.getQueryData(key) === undefined;
      const { rows } = await readAll(request, wanted, {
        listAt: ['data', 'entries'],
        onPage: (read) => isFirst && queries.setQueryData<People>(key, peopleOf(read.map(personIn))),
      });
      return peopleOf(rows.map(personIn));
    },
    staleTime: ({ state }: Query<People>) => freshFor(state.data?.all.length ?? 0),
    enabled: isReadable,
  });
  return data;
}
