import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  saveRegistrationResult,
  registrationShards,
  trunkRegistrationRow,
  type TrunkItem,
  type TrunkRegistrationItem,
} from '#dynamodb/rows/trunk.ts';
import { shardOf } from '#dynamodb/shard.ts';
import type { Seals } from '#secrets/seals.ts';
import {
  afterExpiry,
  afterFailure,
  afterSuccess,
  hasExpired,
  nextCheck,
  registrationEvent,
} from '#telephony/trunk-registration.ts';
import { second } from '#schema/time.ts';
import { settingsOf } from '#telephony/peer-settings.ts';
import { claimOf } from '#telephony/shared-host.ts';
import { DigestClient } from '#sip/digest/client.ts';
import type { SidecarContext } from '../leases/membership.ts';
import type { HostGuard } from '../outbound/host-guard.ts';
import type { Outbound } from '../outbound/outbound.ts';
import { RegisterExchange, type ExchangeDependencies, type HostSession } from './register-exchange.ts';
import type { RegisterOutcome } from './register-outcome.ts';
import { keptRoutes } from './service-route.ts';

/** The dependencies of a trunk registration. */
export type RegistrationDependencies = {
  readonly context: SidecarContext;
  readonly outbound: Pick<Outbound, 'send' | 'addresses'>;
  readonly hosts: Pick<HostGuard, 'mustProve'>;
  readonly seals: Pick<Seals, 'open'>;
  /** Host and port of our Contact, where calls to the trunk's user arrive. */
  readonly advertised: { readonly host: string; readonly port: number };
};

/** Time to wait for a REGISTER in progress when the task stops, in milliseconds. */
const endTimeout = 5 * second;
/** Delay of the next attempt after an unexpected error, in milliseconds. */
const retryDelay = 30 * second;

const newTag = (): string => randomBytes(8).toString('hex');

/** A trunk that this task keeps registered with its peer (RFC 3261 §10.2). */
export class RegisteringTrunk {
  readonly shard: string;
  readonly #dependencies: RegistrationDependencies;
  #trunk: TrunkItem;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();
  #isOver = false;
  #epoch = 0;
  /** CSeq number of the last REGISTER, which the next one continues (RFC 3261 §10.2). */
  #sequence = 0;
  /** The digest session of the last REGISTER, which saves the next one a round trip. */
  #session: HostSession | undefined;
  /** The addresses that asked for credentials in it. */
  #proven: ReadonlySet<string> = new Set();
  /** Whether the peer did not ask for the credentials that it must ask for: its bindings may be those of others. */
  #isUnproven = false;
  /** The lifetime that the peer accepted last, in seconds; it may have raised ours. */
  #interval = 0;

  constructor(dependencies: RegistrationDependencies, trunk: TrunkItem) {
    this.#dependencies = dependencies;
    this.#trunk = trunk;
    this.shard = String(shardOf(trunk.id, registrationShards));
    this.update(trunk);
  }

  /** Applies a change of the trunk. With a new epoch it registers again at once. */
  update(trunk: TrunkItem): void {
    const isNewEpoch = trunk.registration_epoch !== this.#epoch;
    if (trunk.version !== this.#trunk.version) this.#session = undefined;
    if (isNewEpoch) this.#interval = 0;
    this.#trunk = trunk;
    this.#epoch = trunk.registration_epoch;
    if (isNewEpoch) this.#plan(0);
  }

  /** Ends the registration. @param unregisters whether to remove the binding at the peer */
  async end({ unregisters }: { readonly unregisters: boolean }): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    if (!unregisters) return Promise.race([this.#working, pause(endTimeout, undefined, { ref: false })]);
    await this.#working;
    if (this.#isUnproven) return;
    await this.#register(0, { call_id: null, cseq: this.#sequence });
  }

  #plan(milliseconds: number): void {
    clearTimeout(this.#timer);
    // setTimeout accepts 31 bits.
    this.#timer = setTimeout(
      () => {
        this.#working = this.#working
          .then(() => this.#attempt())
          .catch((error: unknown) => {
            this.#dependencies.context.log.fault(
              error,
              this.#trunk.id,
              'the registration of a trunk failed unexpectedly',
            );
            this.#plan(retryDelay);
          });
      },
      Math.min(milliseconds, 2 ** 31 - 1),
    );
  }

  /** Reads the stored registration, registers if it is due, and plans the next attempt. */
  async #attempt(): Promise<void> {
    const { context } = this.#dependencies;
    const { id, org_id: organization } = this.#trunk;
    const stored = await context.tableOf(organization).get(trunkRegistrationRow, { id });
    if (this.#isOver || stored === undefined) return;
    const now = context.clock().toISOString();
    if (stored.next_attempt > now) {
      if (hasExpired(stored, now)) await this.#storeRegistration(stored, { ...stored, ...afterExpiry(stored) });
      else this.#planFor(stored);
      return;
    }
    const callId = stored.call_id ?? `${randomUUID()}@${this.#dependencies.advertised.host}`;
    const outcome = await this.#register(settingsOf(this.#trunk).expires, {
      call_id: callId,
      cseq: Math.max(stored.cseq, this.#sequence),
    });
    const at = context.clock().toISOString();
    const after =
      outcome.kind === 'registered'
        ? afterSuccess(stored, at, outcome.seconds, await keptRoutes(this.#dependencies.outbound, this.#trunk, outcome))
        : afterFailure(stored, { ...outcome.error, at }, outcome.retryAfter);
    await this.#storeRegistration(stored, { ...after, id, call_id: callId, cseq: this.#sequence });
  }

  /** Stores the registration, with an event if its state changes, and plans the next attempt. */
  async #storeRegistration(stored: TrunkRegistrationItem, after: TrunkRegistrationItem): Promise<void> {
    const { context } = this.#dependencies;
    const { id, org_id: organization, name, host } = this.#trunk;
    const type = registrationEvent(stored.state, after.state);
    const event =
      type === null
        ? []
        : [
            context.recorderOf(organization)(type, {
              entity: { type: 'trunk', id },
              description: `SIP trunk ${name}: ${descriptions[type]}`,
              severity: type === 'trunk.registration_failed' ? 'warning' : 'info',
              fields: {
                host,
                ...(after.last_error === null ? {} : { code: after.last_error.code, reason: after.last_error.reason }),
              },
            }),
          ];
    const failed = await context.tryCommit(organization, [saveRegistrationResult(stored, after), ...event]);
    if (this.#isOver) return;
    // The trunk has been changed: start again from the stored registration.
    if (failed.length > 0) this.#plan(0);
    else this.#planFor(after);
  }

  #planFor(registration: TrunkRegistrationItem): void {
    this.#plan(Math.max(0, Date.parse(nextCheck(registration)) - this.#dependencies.context.clock().getTime()));
  }

  /** Sends a REGISTER and what follows from its responses. @param seconds requested lifetime; 0 unregisters */
  async #register(
    seconds: number,
    { call_id: callId, cseq }: Pick<TrunkRegistrationItem, 'call_id' | 'cseq'>,
  ): Promise<RegisterOutcome> {
    const { outbound, hosts, advertised } = this.#dependencies;
    const trunk = this.#trunk;
    const mustProve: ExchangeDependencies['mustProve'] = (peer, remote) =>
      hosts.mustProve(claimOf(trunk), peer, remote);
    const exchange = new RegisterExchange(
      { outbound, mustProve, advertised, newTag, newSession: (host) => this.#newSession(trunk, host) },
      trunk,
      {
        callId: callId ?? `${randomUUID()}@${advertised.host}`,
        sequence: cseq + 1,
        seconds: seconds === 0 ? 0 : Math.max(seconds, this.#interval),
        session: this.#session,
        proven: this.#proven,
      },
    );
    try {
      const outcome = await exchange.run();
      this.#session =
        outcome.kind === 'registered' && trunk.version === this.#trunk.version ? exchange.session : undefined;
      this.#proven = exchange.proven;
      this.#isUnproven = exchange.isUnproven;
      if (outcome.kind === 'registered') this.#interval = exchange.seconds;
      return outcome;
    } finally {
      this.#sequence = exchange.sequence;
    }
  }

  async #newSession({ id, org_id: organization, ...trunk }: TrunkItem, host: string): Promise<DigestClient> {
    const { username, sealed_password: sealed, realm } = trunk;
    const password =
      sealed === null ? '' : await this.#dependencies.seals.open(sealed, { organization, id, field: 'password' });
    return new DigestClient({ username: username ?? '', password, realm, host }, newTag);
  }
}

/** Descriptions of the events. */
const descriptions = {
  'trunk.registered': 'registered',
  'trunk.registration_failed': 'the registration failed',
  'trunk.unregistered': 'unregistered',
} as const;
