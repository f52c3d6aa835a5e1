import * as z from 'zod';
import { EntityPath, type EventEntity } from '../../shared/schema/event-entity.ts';
import { Timestamp } from '../../shared/schema/values.ts';

/** Log lines as they are asked for and answered (system.md, "Logs"). */

export const logTypes = ['call', 'sip', 'error', 'debug'] as const;
export const logLevels = ['debug', 'info', 'warning', 'error'] as const;

const loggedKinds = ['user', 'device', 'trunk', 'gateway', 'number', 'domain', 'call', 'org'] as const satisfies readonly EventEntity['type'][];

const isLogged = ({ type }: EventEntity): boolean => loggedKinds.some((kind) => kind === type);

/** A thing that has logs. */
export const LoggedPath = EntityPath.refine(isLogged, `must begin with one of ${loggedKinds.join(', ')}`);

/** A line as it is kept. */
type KeptLine = {
  readonly id: string;
  readonly at: string;
  readonly type: (typeof logTypes)[number];
  readonly level: (typeof logLevels)[number];
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly source: string | null;
  readonly import_id: string | null;
};

const LogLine = z.object({
  id: z.string(), timestamp: Timestamp, type: z.enum(logTypes), level: z.enum(logLevels), message: z.string(),
  details: z.record(z.string(), z.unknown()), source: z.string().nullable(), import_id: z.string().nullable(),
});

export const Logs = z.object({ entity: z.string(), count: z.int(), total: z.int(), logs: z.array(LogLine), next_page_token: z.string() });

type Sort = Pick<KeptLine, 'type' | 'level'>;
export type LogFilter = { readonly type?: Sort['type'] | undefined; readonly level?: Sort['level'] | undefined };

/** Whether a line is asked for. */
export const isWanted = (line: Sort, { type = line.type, level = line.level }: LogFilter): boolean => line.type === type && line.level === level;

export const presentLine = ({ id, at, type, level, message, details, source, import_id }: KeptLine): z.input<typeof LogLine> =>
  ({ id, timestamp: at, type, level, message, details: { ...details }, source, import_id });
