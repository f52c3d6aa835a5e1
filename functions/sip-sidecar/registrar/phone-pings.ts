import { qualityChange } from '../../telephony/rows/device-state.ts';
import { minute, second } from '#schema/time.ts';
import { header } from '#sip/header-kinds.ts';
import { Field } from '#sip/headers.ts';
import { Parameters } from '#sip/parameters.ts';
import { networkQuality, noPings, afterPhonePing, type NetworkQuality } from '#telephony/network-quality.ts';
import type { SidecarContext } from '../leases/membership.ts';
import { askContact, type ContactDependencies } from './contact-requests.ts';
import type { Owned, OwnedBindings } from './owned-bindings.ts';

/** The dependencies of pings of phones. */
export type PhonePingsDependencies = ContactDependencies & {
  readonly context: Pick<SidecarContext, 'clock' | 'random' | 'tryCommit' | 'log'>;
  readonly owned: Pick<OwnedBindings, 'all'>;
};

/** Interval between two pings of a phone in milliseconds, and its random deviation in both directions. */
const interval = 2 * minute;
const jitter = 0.1;
/** The first ping comes up to this share of the interval earlier, so that phones which register at once are spread. */
const spread = 0.25;
/** Time within which a phone is pinged that this task has adopted, in milliseconds. */
const silentInterval = 3 * second;
/** Time to wait for an answer, in milliseconds. */
const pingTimeout = 5 * second;

/** RFC 3261 §11.1. */
const accept = Field.of(header.accept, { value: 'application/sdp', parameters: Parameters.none });

type Phone = {
  /** Time of the next ping, in Unix milliseconds. */
  next: number;
  pings: typeof noPings;
  written: NetworkQuality | undefined;
};

/**
 * Measures the network quality of the phones that this task owns, by OPTIONS (RFC 3261 §11). The results are in
 * memory: the next owner starts again.
 */
export class PhonePings {
  readonly #dependencies: PhonePingsDependencies;
  /** By device, as its lines have the same network. */
  readonly #phones = new Map<string, Phone>();

  constructor(dependencies: PhonePingsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Sends the pings that are due. */
  async pingDue(): Promise<void> {
    const { context } = this.#dependencies;
    const now = context.clock().getTime();
    const present = this.#newest();
    for (const device of this.#phones.keys()) if (!present.has(device)) this.#phones.delete(device);
    for (const [device, owned] of present) {
      const phone = this.#phones.get(device);
      // Not pinged yet: a phone that has just registered may still be starting.
      if (phone === undefined)
        this.#phones.set(device, {
          next:
            now +
            (owned.isSilent === true ? silentInterval * context.random() : interval * (1 - spread * context.random())),
          pings: noPings,
          written: undefined,
        });
      if (phone === undefined || phone.next > now) continue;
      phone.next = now + interval * (1 + jitter * (2 * context.random() - 1));
      void this.#ping(device, owned, phone).catch((error: unknown) =>
        context.log.fault(error, device, 'the ping of a phone failed'),
      );
    }
  }

  /** Ignores answers that arrive later. */
  close(): void {
    this.#phones.clear();
  }

  /** The newest binding of each device. */
  #newest(): ReadonlyMap<string, Owned> {
    const newest = new Map<string, Owned>();
    for (const owned of this.#dependencies.owned.all()) {
      const { device_id: device, registered_at: at } = owned.binding;
      if (device !== undefined && at > (newest.get(device)?.binding.registered_at ?? '')) newest.set(device, owned);
    }
    return newest;
  }

  /** Any final response counts as an answer. Only a change of the quality is written. */
  async #ping(device: string, { organization, binding }: Owned, phone: Phone): Promise<void> {
    const began = performance.now();
    const { kind } = await askContact(this.#dependencies, binding, {
      method: 'OPTIONS',
      fields: [accept],
      timeout: pingTimeout,
    });
    phone.pings = afterPhonePing(phone.pings, kind === 'answered' ? performance.now() - began : null);
    const quality = networkQuality(phone.pings);
    if (quality === phone.written || this.#phones.get(device) !== phone) return;
    phone.written = quality;
    await this.#dependencies.context.tryCommit(organization, [qualityChange(device, quality)]);
  }
}
