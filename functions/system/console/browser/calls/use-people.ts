import { useQuery } from '@tanstack/react-query';
import { at, isObject, listIn, textIn, type JsonObject } from '../../json-value.ts';
import { request } from '../kit/api.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { peopleOf, type People, type Person } from './names.ts';

/** As many as one answer has: the parties of calls of larger organizations are numbers. */
const limit = 500;

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

/** The names of who calls and is called, by the directory; none until it is read, and for whom may not. */
export function usePeople(): People {
  const isReadable = isAllowed(useSession(), ['users:read']);
  const { data = noPeople } = useQuery({
    queryKey: ['people'],
    queryFn: async () => {
      const answer = await request({ method: 'GET', path: '/clientdirectory', query: { limit, view: 'contact' } });
      return peopleOf(
        listIn(at(answer, 'data', 'entries'))
          .filter(isObject)
          .map(personIn),
      );
    },
    staleTime: 60_000,
    enabled: isReadable,
  });
  return data;
}
