import type { ChannelLimits } from '#dynamodb/rows/channel.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { Channel } from '#schema/call.ts';
import type { SipRequest } from '#sip/message.ts';
import type { SessionTable, Way } from '#sip/session/session.ts';
import type { Uri } from '#sip/uri.ts';
import type { CallDecider } from '../../dialplan/dialplan-evaluator/decider-steps.ts';
import type { SidecarContext } from '../leases/membership.ts';
import type { MediaService } from '../media/media-service.ts';
import type { Transaction } from '../request-handler.ts';
import type { TransactionFlow } from '../transaction-flow.ts';
import type { CommitCall } from './call-batches.ts';
import type { CallCarrier } from './call-carrier.ts';
import type { LimitedSide } from './call-limits.ts';
import type { CallFacts } from './call-record.ts';
import type { Caller } from './caller.ts';
import type { CdrSender } from './cdr.ts';
import type { Route } from './routing.ts';
import type { Target } from './target.ts';
import type { Transfers } from './transfers.ts';

/** How calls begin, and what the calls of a task depend on. */

/** The dependencies of the calls of a task. */
export type CallsDependencies = {
  readonly context: SidecarContext;
  readonly task: string;
  readonly sessions: SessionTable<TransactionFlow>;
  readonly decider: Pick<CallDecider, 'renew' | 'release' | 'settle'>;
  readonly commit: CommitCall;
  readonly cdrs: CdrSender;
  readonly media: Pick<MediaService, 'begin' | 'resume'>;
  readonly invite: CallCarrier['invite'];
  readonly onRefer: CallCarrier['onRefer'];
  readonly replaced: Transfers['replaced'];
  /** A call has changed, or is carried here no more. @param id of the call */
  readonly onChange: (id: string) => void;
};

/** An INVITE of an admitted caller. */
export type AdmittedCall = {
  readonly request: SipRequest;
  readonly transaction: Transaction;
  readonly caller: Caller;
  readonly way: Way;
  readonly contact: Uri;
  /** Primary domain of the organization. */
  readonly domain: string;
  readonly route: (callId: string) => Promise<Route>;
  /** Of a caller that only its address identifies: its call was answered, and it sent neither ACK nor request. */
  readonly onUnacknowledged?: (() => void) | undefined;
};

/** A call of the API, whose ends are routed. */
export type PlacedCall = Pick<Beginning, 'organization' | 'facts' | 'limits'> & {
  readonly source: readonly (readonly Target[])[];
  readonly destination: readonly (readonly Target[])[];
  /** What limits each of its sides. */
  readonly sides: readonly LimitedSide[];
};

/** A call that begins: its facts, how it is routed, and by whom. */
export type Beginning = {
  readonly organization: OrganizationItem;
  readonly facts: CallFacts;
  readonly channels: readonly Channel[];
  readonly limits: ChannelLimits;
};

/** Where a call came from: a request that it must answer, or the API. */
export type Origin = { readonly isIncoming: boolean; readonly request?: SipRequest };
