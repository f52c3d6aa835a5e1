import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../kit/api.ts';
import { shortened, type PriceList, type Rate } from './rates.ts';

/** A price list with all of its rates. */
export type Rates = { readonly list: Omit<PriceList, 'rates' | 'next_page_token'>; readonly rates: readonly Rate[] };

/** Rates of a page: as many as the API answers at once. */
const pageSize = 2_000;
const firstSize = 100;

export const ratesKey = (id: string) => ['tariff', id, 'rates'];

type Wanted = { readonly id: string; readonly version?: number | undefined; readonly limit?: number };

async function pageOf({ id, version, limit = pageSize }: Wanted, token: string): Promise<PriceList> {
  const query = {
    limit,
    ...(token === '' ? {} : { page_token: token }),
    ...(version === undefined ? {} : { version }),
  };
  const answer = await request({ method: 'GET', path: `/tariffs/${id}`, query });
  return (answer as { readonly data: PriceList }).data;
}

/** All rates of a version, page by page. @param onPage called with the number of those that are here */
export async function readRates(wanted: Wanted, onPage: (count: number) => void = () => undefined): Promise<Rates> {
  const rates: Rate[] = [];
  let token = '';
  let list: PriceList;
  do {
    list = await pageOf(wanted, token);
    rates.push(...list.rates.map(shortened));
    onPage(rates.length);
    token = list.next_page_token;
  } while (token !== '');
  return { list, rates };
}

/** The first rates, which are shown until all are here. */
export const useFirstRates = (id: string) =>
  useQuery({
    queryKey: ['tariff', id, 'first'],
    queryFn: async (): Promise<Rates> => {
      const list = await pageOf({ id, limit: firstSize }, '');
      return { list, rates: list.rates.map(shortened) };
    },
  });

/** All rates. A change of the list while they are read begins again. */
export function useRates(id: string) {
  const [progress, setProgress] = useState(0);
  const { data, error } = useQuery({
    queryKey: ratesKey(id),
    queryFn: () => readRates({ id }, setProgress),
    staleTime: Infinity,
    gcTime: 0,
  });
  return { data, error, progress };
}
