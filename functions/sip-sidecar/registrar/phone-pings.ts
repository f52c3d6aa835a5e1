import { qualityChange } from '../../telephony/rows/device-state.ts';
import { header } from '../../../shared/sip/header-kinds.ts';
import { Field } from '../../../shared/sip/headers.ts';
import { Parameters } from '../../../shared/sip/parameters.ts';
import {
  networkQuality,
  noPings,
  afterPhonePing,
  type NetworkQuality,
} from '../../../shared/telephony/network-quality.ts';
import type { SidecarContext } from '../leases/membership.ts';
import { askContact, type ContactDependencies } from './contact-requests.ts';
import type { Owned, OwnedBindings } from './owned-bindings.ts';

export type PhonePingsDependencies = ContactDependencies & {
  readonly context: Pick<SidecarContext, 'clock' | 'random' | 'tryCommit' | 'log'>;
  readonly owned: Pick<OwnedBindings, 'all'>;
};

/** Milliseconds between two pings of a phone, give or take a tenth; and for which its answer is waited for. */
const interval = 120_000;
const jitter = 0.1;
/** Of its interval, by which a phone's first ping may come sooner. */
const spread = 0.25;
const timeout = 5_000;

/** RFC 3261 §11.1: what an answer may describe. */
const accept = Field.of(header.accept, { value: 'application/sdp', parameters: Parameters.none });

type Phone = { /** Unix milliseconds. */ next: number; pings: typeof noPings; told: NetworkQuality | undefined };

/**
 * Asks the phones that this task owns by OPTIONS (RFC 3261 §11) how they are reached; what it makes of them goes with
 * the task.
 */
export class PhonePings {
  readonly #dependencies: PhonePingsDependencies;
  /** By device: its lines are at one place. */
  readonly #phones = new Map<string, Phone>();

  constructor(dependencies: PhonePingsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Begins the pings whose time has come. */
  async round(): Promise<void> {
    const { context } = this.#dependencies;
    const now = context.clock().getTime();
    const present = this.#newest();
    for (const device of this.#phones.keys()) if (!present.has(device)) this.#phones.delete(device);
    for (const [device, owned] of present) {
      const phone = this.#phones.get(device);
      // Phones that register at once are spread, and none is asked while it is still starting.
      if (phone === undefined)
        this.#phones.set(device, {
          next: now + interval * (1 - spread * context.random()),
          pings: noPings,
          told: undefined,
        });
      if (phone === undefined || phone.next > now) continue;
      phone.next = now + interval * (1 + jitter * (2 * context.random() - 1));
      void this.#ping(device, owned, phone).catch((error: unknown) =>
        context.log.fault(error, device, 'a phone was not pinged'),
      );
    }
  }

  /** What is still answered is not looked at any more. */
  close(): void {
    this.#phones.clear();
  }

  /** Of each device the binding that registered last. */
  #newest(): ReadonlyMap<string, Owned> {
    const newest = new Map<string, Owned>();
    for (const owned of this.#dependencies.owned.all()) {
      const { device_id: device, registered_at: at } = owned.binding;
      if (device !== undefined && at > (newest.get(device)?.binding.registered_at ?? '')) newest.set(device, owned);
    }
    return newest;
  }

  /** Any final response is an answer. Only a change is written. */
  async #ping(device: string, { organization, binding }: Owned, phone: Phone): Promise<void> {
    const began = performance.now();
    const { kind } = await askContact(this.#dependencies, binding, {
      method: 'OPTIONS',
      fields: [accept],
      milliseconds: timeout,
    });
    phone.pings = afterPhonePing(phone.pings, kind === 'answered' ? performance.now() - began : null);
    const quality = networkQuality(phone.pings);
    if (quality === phone.told || this.#phones.get(device) !== phone) return;
    phone.told = quality;
    await this.#dependencies.context.tryCommit(organization, [qualityChange(device, quality)]);
  }
}
