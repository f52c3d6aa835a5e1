import { useQuery } from '@tanstack/react-query';
import type { AnswerOf } from '../kit/answer-of.ts';
import { request, type ApiRequest } from '../kit/api.ts';

export const summaryRequest: ApiRequest = { method: 'GET', path: '/summary' };

/**
 * What the organization has and how it does now: one answer, which the figures and the first steps share.
 * @param interval milliseconds between two reads; false: it is not read for this part of the page
 */
export const useSummary = (interval: number | false) =>
  useQuery({
    queryKey: ['summary'],
    queryFn: async () => ((await request(summaryRequest)) as AnswerOf<'get', '/summary'>).data,
    refetchInterval: interval,
    enabled: interval !== false,
  });
