/** Columns of an export, named by their path in a CDR as lists show it (functions/billing/README.md, "Exports"). */
import type { Sight } from './presented-cdr.ts';

const ownColumns = [
  'id',
  'org_id',
  'call_id',
  'leg',
  'direction',
  'caller',
  'callee',
  'number',
  'start_time',
  'answer_time',
  'end_time',
  'duration',
  'billable_seconds',
  'disposition',
  'trunk_id',
  'gateway_id',
  'device_id',
  'user_id',
  'batch_id',
  'source',
  'origin',
  'received_at',
  'rating.status',
  'rating.reason',
  'rating.tariff.id',
  'rating.tariff.name',
  'rating.rate.prefix',
  'rating.rate.name',
  'rating.billed_seconds',
  'rating.included_seconds',
  'rating.discount_percent',
  'rating.charge',
  'rating.currency',
  'rating.period',
  'rating.late',
] as const;
const wholesaleColumns = ['rating.wholesale.charge', 'rating.wholesale.currency'] as const;
const costColumns = ['cost', 'rating.cost'] as const;
const moreColumns = [
  'cause.q850',
  'cause.sip_code',
  'custom',
  'quality.mos',
  'quality.jitter_ms',
  'quality.loss_percent',
  'quality.codec',
  'record_revision',
  'rating.source',
  'rating.tariff.version',
  'rating.rate.price_per_minute',
  'rating.rate.connect_fee',
  'rating.revision',
  'rating.rated_at',
] as const;

/** Columns of a file unless the request names others, as far as the caller sees them. */
export const defaultColumns = [...ownColumns, ...wholesaleColumns, ...costColumns] as const;

/** Every column that a request may name. */
export const columns = [...defaultColumns, ...moreColumns] as const;
export type Column = (typeof columns)[number];

/** Columns that a caller must not see. */
export const hiddenColumns = ({ wholesale, cost }: Sight): readonly Column[] => [
  ...(wholesale ? [] : wholesaleColumns),
  ...(cost ? [] : costColumns),
];
