import { useQuery } from '@tanstack/react-query';
import type { AnswerOf } from '../kit/answer-of.ts';
import { request } from '../kit/api.ts';
import { readStatement, spentText } from './statement.ts';

/** What is read of single customers, when they are in view. */

export type Customer = AnswerOf<'get', '/orgs/{id}'>['data'];

/** Milliseconds for which a figure is good, and after which it is read again on a page that stays open. */
const [staleTime, refetchInterval] = [60_000, 300_000];

/** What a customer has and does now. */
export const useSummaryOf = (id: string) =>
  useQuery({
    queryKey: ['customer', id, 'summary'],
    queryFn: async () =>
      ((await request({ method: 'GET', path: '/summary', query: { org_id: id } })) as AnswerOf<'get', '/summary'>).data,
    staleTime,
    refetchInterval,
  });

/** What the calls of today cost a customer, in its time zone; `–` as long as it is not known. */
export function useSpentToday(id: string): string {
  const calls = useSummaryOf(id).data?.calls ?? null;
  return calls === null ? '–' : spentText(calls.today);
}

/** A month of the account of a customer. @param month `YYYY-MM` */
export const useStatement = (id: string, month: string) =>
  useQuery({
    queryKey: ['list', `/billingprofile/${id}/ledger`, month],
    queryFn: () => readStatement(request, id, month),
  });
