import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { CallMedia } from '../media/call-media.ts';
import type { CallCarrier } from './call-carrier.ts';
import type { CallState } from './call-state.ts';
import type { CallWriter } from './call-writer.ts';
import type { Target } from './target.ts';

/** What a running call is made of. */
export type RunningCallParts = {
  readonly carrier: CallCarrier;
  readonly organization: OrganizationItem;
  readonly writer: CallWriter;
  readonly media: CallMedia;
  readonly state: CallState<Target>;
  /** Of each leg, in milliseconds. */
  readonly ringTime: number;
  /** Max-Forwards of the INVITEs that it sends. */
  readonly maxForwards: number | undefined;
};
