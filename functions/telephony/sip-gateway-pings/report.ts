import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { Instant, text } from '../../../shared/schema/values.ts';
import type { HealthReport, KnownStatus } from '../../../shared/telephony/gateway-health.ts';

/**
 * What an outside monitor reports of a gateway (seed 001; telephony.md, POST /sipgwping/{entity}/{param1}/{param2}).
 */

const known = ['healthy', 'degraded', 'down'] as const satisfies readonly KnownStatus[];

const Milliseconds = z.int().min(0).max(600_000);
const Percent = z.number().min(0).max(100);
const Message = text(1_000);

/** Body; what stands at the top goes before what stands in `details`. */
export const ReportBody = z
  .object({
    status: z
      .string()
      .refine((status) => isKnown(status), {
        message: `must be one of ${known.join(', ')}`,
        params: { code: 'INVALID_STATUS' },
      })
      .optional(),
    response_time_ms: Milliseconds.nullish(),
    packet_loss_percent: Percent.nullish(),
    error_message: Message.nullish(),
    details: z
      .object({ latency_ms: Milliseconds, packet_loss: Percent, jitter_ms: Milliseconds, error_message: Message })
      .partial()
      .nullish(),
    source: text(64).nullish(),
  })
  .meta({ id: 'GatewayReport' });
export type ReportBody = z.output<typeof ReportBody>;

/** As an event tells of it. */
export type Report = HealthReport & { readonly source: string | null; readonly jitter_ms: number | null };

const isKnown = (status: string): status is KnownStatus => known.some((each) => each === status);
const invalidStatus = (message: string): AppError =>
  new AppError('INVALID_STATUS', message, { details: [{ path: 'status', message }] });

const statusIn = (param: string): KnownStatus | 'status' | undefined =>
  param === 'status' ? 'status' : param === 'up' ? 'healthy' : isKnown(param) ? param : undefined;

/** @throws AppError INVALID_STATUS, MISSING_FIELD */
function statusOf(param: string, status: string | undefined): KnownStatus {
  const asked = statusIn(param);
  if (asked === undefined) throw invalidStatus(`${param} is none of status, up, ${known.join(', ')}`);
  if (asked !== 'status') {
    if (status !== undefined && status !== asked) throw invalidStatus(`the path says ${asked}, the body ${status}`);
    return asked;
  }
  if (status === undefined)
    throw new AppError('MISSING_FIELD', 'Required: status', { details: [{ path: 'status', message: 'is required' }] });
  if (!isKnown(status)) throw invalidStatus(`must be one of ${known.join(', ')}`);
  return status;
}

/** Milliseconds by which a report may be ahead of us, or behind. */
const maxAhead = 60_000;
const maxBehind = 24 * 3_600_000;

const invalidParam = (message: string): AppError =>
  new AppError('INVALID_PARAMETER', `param2: ${message}`, { details: [{ path: 'param2', message }] });

/**
 * A latency of up to six digits; Unix seconds (10 digits) or milliseconds (13); a time; or `update`. @throws AppError
 * INVALID_PARAMETER
 */
function momentOf(param: string, now: number): { readonly at: number; readonly latency: number | null } {
  if (param === 'update') return { at: now, latency: null };
  if (/^[0-9]{1,6}$/.test(param)) {
    const latency = Milliseconds.safeParse(Number(param));
    if (!latency.success) throw invalidParam('a latency is at most 600000 ms');
    return { at: now, latency: latency.data };
  }
  const at = timeIn(param);
  if (at === undefined)
    throw invalidParam('is neither update, a latency in ms, Unix seconds or milliseconds, nor ISO 8601 with an offset');
  if (at > now + maxAhead || at < now - maxBehind) throw invalidParam('is more than 60 s ahead, or 24 h back');
  return { at, latency: null };
}

function timeIn(param: string): number | undefined {
  if (/^[0-9]{10}$/.test(param)) return Number(param) * 1_000;
  if (/^[0-9]{13}$/.test(param)) return Number(param);
  const instant = Instant.safeParse(param);
  return instant.success ? Date.parse(instant.data) : undefined;
}

/** What a request reports. `now`: Unix milliseconds. @throws AppError 400 */
export function reportOf(
  { param1, param2 }: { readonly param1: string; readonly param2: string },
  body: ReportBody,
  now: number,
): Report {
  const status = statusOf(param1, body.status);
  const { at, latency } = momentOf(param2, now);
  const details = body.details ?? {};
  return {
    at,
    status,
    response_time_ms: body.response_time_ms ?? details.latency_ms ?? latency,
    packet_loss_percent: body.packet_loss_percent ?? details.packet_loss ?? null,
    error: body.error_message ?? details.error_message ?? null,
    jitter_ms: details.jitter_ms ?? null,
    source: body.source ?? null,
  };
}
