import { reads, readsSecret, records, writes } from '../../shared/contract/effects.ts';
import { service } from '../../shared/contract/resource.ts';

/** The SIP service: registrar, NOTIFY, pings of phones and gateways, registration of trunks. */
export const sipSidecar = service('sip-sidecar', {
  area: 'telephony',
  effects: [
    reads('sip-credential'),
    reads('organization'),
    reads('user'),
    writes('binding'),
    reads('binding', 'GSI1'),
    reads('binding', 'GSI2'),
    writes('binding-refresh'),
    writes('device-state'),
    records('device.registered'),
    records('device.unregistered'),
    reads('gateway', 'GSI1'),
    writes('gateway-health'),
    writes('gatewayping'),
    records('gateway.healthy'),
    records('gateway.degraded'),
    records('gateway.down'),
    reads('trunk', 'GSI1'),
    writes('trunk-registration'),
    readsSecret('sealing-keys'),
    records('trunk.registered'),
    records('trunk.unregistered'),
    records('trunk.registration_failed'),
    reads('trunkip-address'),
    writes('lease'),
    readsSecret('sidecar-control'),
  ],
  cpu: 512,
  memory: 1_024,
  // One port per transport, because the target of a load balancer is a port of any protocol.
  ports: {
    'sip-udp': { port: 5_060, protocol: 'udp' },
    'sip-tcp': { port: 5_070, protocol: 'tcp' },
    'sip-tls': { port: 5_061, protocol: 'tcp' },
    control: { port: 8_081, protocol: 'tcp' },
    health: { port: 8_080, protocol: 'tcp' },
  },
  stopTimeout: 120,
});
