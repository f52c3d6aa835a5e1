import { randomUUID } from 'node:crypto';
import { address } from '#sip/address.ts';
import { newRequest } from '#sip/build.ts';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { Parameters } from '#sip/parameters.ts';
import { sipUri } from '#sip/uri.ts';
import type { CommandHandlers } from '#sidecar/command.ts';
import { second } from '#schema/time.ts';
import { peerUri, type Outbound } from '../outbound/outbound.ts';
import type { OwnedBindings } from '../registrar/owned-bindings.ts';

/** The dependencies of challenges of addresses. */
export type ChallengeDependencies = {
  readonly outbound: Pick<Outbound, 'send'>;
  readonly owned: Pick<OwnedBindings, 'all'>;
  /** The SIP domain of the platform. */
  readonly domain: string;
  readonly newTag: () => string;
};

/** How the holder of a trunk's address proves it (functions/telephony/sip-trunk-ips/README.md). */
export const addressChallenges = ({
  outbound,
  owned,
  domain,
  newTag,
}: ChallengeDependencies): Pick<CommandHandlers, 'phones-at' | 'challenge-address'> => ({
  'phones-at': async ({ organization, address: from }) => ({
    kind: 'phones',
    others: owned.all().some((each) => each.organization !== organization && each.binding.flow.remote.address === from),
  }),
  'challenge-address': async ({ address: host, port, token, timeout_seconds: timeout }) => {
    const peer = { host, port, transport: 'udp' } as const;
    const uri = peerUri(peer);
    const request = newRequest({
      method: 'OPTIONS',
      uri,
      from: address(sipUri({ user: 'verification', host: domain }), new Parameters([['tag', newTag()]])),
      to: address(uri),
      callId: `${randomUUID()}@${domain}`,
      sequence: 1,
      headers: Headers.none
        .append(header.userAgent, 'Trunkline')
        .append(textHeader('Subject'), `Address verification token ${token}`)
        .append(textHeader('X-Verification-Token'), token)
        .append(header.accept, { value: 'application/sdp', parameters: Parameters.none }),
    });
    const reply = await outbound.send(request, peer, timeout * second);
    if (reply.kind === 'response') return { kind: 'answered', response_code: reply.response.status };
    return reply.code === 408 ? { kind: 'unanswered' } : { kind: 'unreachable' };
  },
});
