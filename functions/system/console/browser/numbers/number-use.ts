import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { request } from '../kit/api.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { useToday } from '../kit/today.ts';
import { rowsIn, type UsageRow } from '../usage/rows.ts';

type Used = Pick<UsageRow, 'calls' | 'talk_seconds'>;

/** What a number was used; undefined: not known. */
export type NumberUse = (number: string) => Used | undefined;

/** The key of the numbers with the fewest calls, if an answer has no row for each. */
const others = 'other';
const unused: Used = { calls: 0, talk_seconds: 0 };

/** The calls of this month of all numbers, by one request. Null: the person may not see them. */
export function useNumberUse(): NumberUse | null {
  const today = useToday();
  const isReadable = isAllowed(useSession(), ['cdr:read']);
  const query = { by: 'month', group: 'number', from: `${today.slice(0, 7)}-01`, to: today };
  const { data } = useQuery({
    queryKey: ['usage', query],
    queryFn: async () => {
      const rows = rowsIn(await request({ method: 'GET', path: '/usage', query }));
      return new Map(rows.map((row) => [row.key, row]));
    },
    enabled: isReadable,
  });
  const used = useCallback(
    (number: string) => data?.get(number) ?? (data?.has(others) === false ? unused : undefined),
    [data],
  );
  return isReadable ? used : null;
}
