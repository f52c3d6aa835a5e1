import type { Seals } from '#secrets/seals.ts';
import type { AskTask } from '#sidecar/client.ts';
import type { SipRequest } from '#sip/message.ts';
import type { Sessions } from '#sip/session/sessions.ts';
import type { CallDecider } from '#functions/dialplan/dialplan-evaluator/decider-steps.ts';
import type { RightOf } from '../../rights/watching-rights.ts';
import type { MediaService } from '../../media/media-service.ts';
import type { Authenticate } from '../../registrar/authentication.ts';
import type { MayRegister } from '../../registrar/permissions.ts';
import type { LocateAccount } from '../../registrar/registrar.ts';
import type { SipStack } from '../../stack/sip-stack.ts';
import type { SipTraces } from '../../traces/sip-traces.ts';
import type { Task } from '../../task/task.ts';
import type { TransactionFlow } from '../../stack/transaction-flow.ts';
import type { Flow } from '../../transport/flow.ts';
import type { SendInvite } from '../legs/invitation.ts';
import type { RequestSenders } from '../legs/senders.ts';
import type { CommitCall, Departures } from '../records/batches.ts';
import type { CdrSender } from '../records/cdrs.ts';
import type { Directory } from '../directory/directory.ts';
import type { FeatureRoute } from '../routing/feature-routes.ts';
import type { CallerVerification } from '../identity/caller-verification.ts';
import type { FlowSource } from '../applications/flow-source.ts';
import type { Redirect } from '../routing/redirect.ts';
import type { Routing } from '../routing/routing.ts';

/** What a call that begins is looked up by. */
export type CallLookups = {
  readonly directory: Directory;
  readonly routing: Pick<Routing, 'route' | 'routeNumber' | 'routeBlocked' | 'payInbound'>;
};

/** What the calls of a task are carried with. */
export type CallContext = Pick<Task, 'context' | 'membership' | 'settings' | 'domain' | 'fault'> & {
  readonly stack: Pick<SipStack, 'newTag' | 'resume' | 'adopt'>;
  readonly sessions: Sessions<TransactionFlow>;
  readonly senders: RequestSenders;
  /** Sends the INVITE of a leg. */
  readonly invite: SendInvite;
  /** Follows the redirection of a phone. */
  readonly redirect: Redirect;
  readonly authenticate: Authenticate;
  readonly mayRegister: MayRegister;
  /** Whether an account is registered where its request comes from. */
  readonly locate: LocateAccount;
  /** Whether the limit of challenges of this source is not reached. */
  readonly mayChallenge: (flow: Flow) => boolean;
  /** Whether a phone is registered on the flow. */
  readonly hasPhone: (flow: Flow) => boolean;
  /** Gives an INVITE that came here to the task which has the call that it is for. @returns whether that has it now */
  readonly give: (task: string, request: SipRequest, flow: Flow) => Promise<boolean>;
  /** What a phone may watch, and so pick up. */
  readonly rightOf: RightOf;
  readonly directory: Directory;
  readonly routing: Routing;
  readonly applications: FlowSource;
  /**
   * The directory and the routing of a call that begins: they read at once what the last call of this caller, and the
   * last one to what is called, has read.
   */
  readonly lookups: (caller: string, called: string) => CallLookups;
  /** Where a phone is routed that dials a code. */
  readonly featureRoute: FeatureRoute;
  readonly decider: CallDecider;
  readonly seals: Seals;
  /** Verifies the callers of trunks. */
  readonly verification: Pick<CallerVerification, 'verify'>;
  readonly commit: CommitCall;
  /** When changes begin that no one waits for. */
  readonly departures: Departures;
  readonly cdrs: CdrSender;
  readonly media: MediaService;
  /** The SIP messages of calls that are traced. */
  readonly traces: SipTraces;
  /** Asks another task. */
  readonly ask: AskTask;
  /** A call has changed, or is carried here no more. @param id of the call */
  readonly onChange: (id: string) => void;
};

/** `true`: the whole member. A name that the member does not have is an error where it is used. */
type Part<Member, Used> = [Used] extends [true] ? Member : Pick<Member, Used & keyof Member>;

/**
 * What one part uses of the context: members as a whole (`true`), or some of their own members. A test provides no more
 * than this.
 */
export type Uses<Used extends { readonly [Name in keyof CallContext]?: true | string }> = {
  readonly [Name in keyof Used & keyof CallContext]: Part<CallContext[Name], Used[Name]>;
};
