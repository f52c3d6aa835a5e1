/** Downloads of the results of searches (functions/messaging/sms-logs/README.md). */
import * as z from 'zod';
import { AppError } from '#errors.ts';
import { day, second } from '#schema/time.ts';
import { Id } from '#schema/values.ts';
import { ShownEntry } from './entry.ts';
import { expiryOf, smsLogErrors, type Search } from './search.ts';

/**
 * How long after the start of its search a result can be downloaded, in milliseconds: none of its objects has expired
 * then (result-file.ts).
 */
const resultTtl = day;

/** Who asks for a result. */
type Viewer = { readonly id: string; readonly ownOnly: boolean; readonly now: Date };

/**
 * A search that can be downloaded.
 * @throws AppError INVALID_SEARCH_ID, SEARCH_NOT_COMPLETE, SEARCH_EXPIRED, SEARCH_FAILED
 */
export function assertDownloadable(search: Search | undefined, { id, ownOnly, now }: Viewer): Search {
  // DynamoDB deletes expired items late.
  const isKnown = search !== undefined && expiryOf(search) * second > now.getTime();
  if (!isKnown || (ownOnly && search.created_by !== id))
    throw new AppError(smsLogErrors.INVALID_SEARCH_ID, 'There is no such search', {
      details: [{ path: 'search_id', message: 'is not the id of a search' }],
    });
  if (search.status === 'failed')
    throw new AppError(smsLogErrors.SEARCH_FAILED, 'The search has failed; start it again');
  if (search.completed_at === null)
    throw new AppError(smsLogErrors.SEARCH_NOT_COMPLETE, 'The search is still running; try again', { retryAfter: 2 });
  if (Date.parse(search.created_at) + resultTtl <= now.getTime())
    throw new AppError(smsLogErrors.SEARCH_EXPIRED, 'The result is older than 24 hours; start the search again');
  return search;
}

const maxPage = 1_000;

export const Download = z
  .object({
    search_id: z.string().max(128).describe('Id of the search'),
    format: z.enum(['json', 'csv']).describe('`json`: one page; `csv`: the whole result'),
    page: z.int().min(1).max(50_000).nullish().describe('Number of the page, from 1; JSON only'),
    per_page: z
      .int()
      .min(1)
      .max(maxPage)
      .nullish()
      .describe('Messages on a page, 1 to 1,000; 100 by default; JSON only'),
  })
  .meta({ id: 'SmsLogDownload' });
export type Download = z.output<typeof Download>;

export const DownloadAnswer = z
  .object({
    search_id: Id('search').describe('Id of the search'),
    total_results: z.int().describe('Number of messages found, at most the limit of the search'),
    page: z.int().describe('Number of the page'),
    per_page: z.int().describe('Largest number of messages on a page'),
    total_pages: z.int().describe('Number of pages'),
    results: z.array(ShownEntry).describe('Messages, newest first'),
    truncated: z.boolean().describe('Whether more messages match than the limit of the search'),
  })
  .meta({
    id: 'SmsLogPage',
    example: {
      search_id: 'search_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
      total_results: 1,
      page: 1,
      per_page: 100,
      total_pages: 1,
      results: [
        {
          message_id: 'carrier-7f3a',
          direction: 'inbound',
          from: '+14155551234',
          to: '+14155550000',
          message: 'See you at 10',
          status: 'received',
          timestamp: '2026-01-31T12:00:00.000Z',
          userId: null,
          segments: 1,
          cost: 0,
        },
      ],
      truncated: false,
    },
  });

export const DownloadLink = z.string().describe('The link, as in `Location`').meta({ id: 'SmsLogLink' });

/** Messages in one object of a result. A page is in two of them at most. */
export const chunkSize = 1_000;

/** A part of an object of a result: positions in it, the last one exclusive. */
export type ChunkPart = { readonly chunk: number; readonly from: number; readonly to: number };

/** The page of a result that is asked for: its figures, and where its messages are. */
export function pageOf({ rows }: Pick<Search, 'rows'>, { page, per_page }: Pick<Download, 'page' | 'per_page'>) {
  const size = per_page ?? 100;
  const number = page ?? 1;
  const first = Math.min((number - 1) * size, rows);
  const end = Math.min(first + size, rows);
  const parts: ChunkPart[] = [];
  for (let at = first; at < end; at = (Math.floor(at / chunkSize) + 1) * chunkSize) {
    const chunk = Math.floor(at / chunkSize);
    parts.push({ chunk, from: at - chunk * chunkSize, to: Math.min(end - chunk * chunkSize, chunkSize) });
  }
  return { page: number, per_page: size, total_pages: Math.ceil(rows / size), parts };
}
