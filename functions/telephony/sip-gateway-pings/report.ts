import * as z from 'zod';
import { AppError, commonErrors, invalidParameter, missingField } from '#errors.ts';
import { day, minute, second } from '#schema/time.ts';
import { Instant, text } from '#schema/values.ts';
import type { HealthReport, KnownStatus } from '#telephony/gateway-health.ts';

/** Reports of external monitors about a gateway (`functions/telephony/sip-gateways/README.md`). */

const statuses = ['healthy', 'degraded', 'down'] as const satisfies readonly KnownStatus[];

const Milliseconds = z.int().min(0).max(600_000);
const Percent = z.number().min(0).max(100);
const Message = text(1_000);

/** Body of the report. Top-level fields take precedence over those of `details`. */
export const ReportBody = z
  .object({
    status: z
      .string()
      .refine((status) => isStatus(status), {
        message: `must be one of ${statuses.join(', ')}`,
        params: commonErrors.INVALID_STATUS,
      })
      .optional()
      .describe(
        '`healthy`, `degraded` or `down`; required if the path has `status`, and equal to a status in the path',
      ),
    response_time_ms: Milliseconds.nullish().describe('Response time, milliseconds'),
    packet_loss_percent: Percent.nullish().describe('Packet loss, percent'),
    error_message: Message.nullish().describe('Why the gateway is not healthy'),
    details: z
      .object({
        latency_ms: Milliseconds.describe('Response time, milliseconds'),
        packet_loss: Percent.describe('Packet loss, percent'),
        jitter_ms: Milliseconds.describe('Jitter, milliseconds; part of the event only'),
        error_message: Message.describe('Why the gateway is not healthy'),
      })
      .partial()
      .nullish()
      .describe('Alternative names for the same values; top-level fields take precedence, and these precede the path'),
    source: text(64).nullish().describe('Name of the monitor; part of the event only'),
  })
  .meta({ id: 'GatewayReport' });
export type ReportBody = z.output<typeof ReportBody>;

/** A report, with the fields that only its event contains. */
export type Report = HealthReport & { readonly source: string | null; readonly jitter_ms: number | null };

const isStatus = (status: string): status is KnownStatus => statuses.some((each) => each === status);
const invalidStatus = (message: string): AppError =>
  new AppError('INVALID_STATUS', message, { details: [{ path: 'status', message }] });

function statusInPath(param: string): KnownStatus | undefined {
  if (param === 'up') return 'healthy';
  return isStatus(param) ? param : undefined;
}

/** @throws AppError INVALID_STATUS, MISSING_FIELD */
function statusOf(param: string, inBody: string | undefined): KnownStatus {
  if (param === 'status') {
    if (inBody === undefined) throw missingField('status');
    if (!isStatus(inBody)) throw invalidStatus(`must be one of ${statuses.join(', ')}`);
    return inBody;
  }
  const inPath = statusInPath(param);
  if (inPath === undefined) throw invalidStatus(`${param} is none of status, up, ${statuses.join(', ')}`);
  if (inBody !== undefined && inBody !== inPath) throw invalidStatus(`the path says ${inPath}, the body ${inBody}`);
  return inPath;
}

/** How far a report may be ahead of the clock, or behind it, in milliseconds. */
const maxAhead = minute;
const maxBehind = day;

const invalidTime = (message: string): AppError => invalidParameter('param2', message);

type Moment = {
  /** Unix milliseconds. */
  readonly at: number;
  /** Milliseconds. */
  readonly latency: number | null;
};

/** The time and latency in the path. @throws AppError INVALID_PARAMETER */
function momentOf(param: string, now: number): Moment {
  if (param === 'update') return { at: now, latency: null };
  if (/^[0-9]{1,6}$/.test(param)) {
    const latency = Milliseconds.safeParse(Number(param));
    if (!latency.success) throw invalidTime('is a latency of more than 600000 ms');
    return { at: now, latency: latency.data };
  }
  const at = timeIn(param);
  if (at === undefined)
    throw invalidTime('must be update, a latency in ms, Unix seconds or milliseconds, or ISO 8601 with an offset');
  if (at > now + maxAhead || at < now - maxBehind)
    throw invalidTime('must be at most 60 s in the future and 24 h in the past');
  return { at, latency: null };
}

function timeIn(param: string): number | undefined {
  if (/^[0-9]{10}$/.test(param)) return Number(param) * second;
  if (/^[0-9]{13}$/.test(param)) return Number(param);
  const instant = Instant.safeParse(param);
  return instant.success ? Date.parse(instant.data) : undefined;
}

/**
 * The report of a request.
 * @param now Unix milliseconds
 * @throws AppError INVALID_STATUS, MISSING_FIELD, INVALID_PARAMETER
 */
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
