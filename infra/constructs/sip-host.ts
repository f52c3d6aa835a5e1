import { aws_ssm as ssm } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';
import { sipVariables, type SipAddress } from '../sip-address.ts';
import { hasWebSocket } from './certificate.ts';
import { sipPorts } from './sip-network.ts';

/** The parameter with the name of the UDP balancer, which AWS generates. */
export const sipHostParameter = (names: Names): string => names.parameter('sip-host');

/** The SIP address of a stage. @param host names the UDP balancer, for a stage without a SIP domain */
export const sipAddressOf = (settings: Settings, host: () => string): SipAddress => {
  const name = settings.sipDomain ?? host();
  const webSocketUrl = hasWebSocket(settings) ? `wss://${name}/ws` : undefined;
  return { domain: name, host: name, port: sipPorts.udp, webSocketUrl };
};

/** What the functions of a stage know about SIP. Without it, accounts have a realm and phones no proxy. */
export function sipVariablesIn(scope: Construct, settings: Settings, names: Names): Record<string, string> {
  if (settings.sip === 'off') return { SIP_DOMAIN: settings.sipDomain ?? new URL(settings.publicUrl).hostname };
  const host = (): string => ssm.StringParameter.valueForStringParameter(scope, sipHostParameter(names));
  return sipVariables(sipAddressOf(settings, host));
}
