import type { Holding } from './record-class.ts';

/** A legal hold (functions/system/retention/README.md, "Legal holds"). Times are ISO 8601 UTC. */
export type LegalHold = Holding & {
  readonly id: string;
  readonly name: string;
  readonly reason: string;
  readonly matter: string | null;
  readonly status: 'active' | 'released';
  /** Ids of users or service accounts. */
  readonly placed_by: string;
  readonly placed_at: string;
  readonly released_by: string | null;
  readonly released_at: string | null;
  readonly release_reason: string | null;
  /** Records that it holds, as they were counted last; null: not counted yet. */
  readonly held_estimate: number | null;
  readonly updated_at: string;
  readonly version: number;
};
