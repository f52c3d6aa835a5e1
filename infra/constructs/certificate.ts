import { Annotations, aws_certificatemanager as acm, aws_ssm as ssm, CfnDeletionPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';

const certificateParameter = (names: Names): string => names.parameter('certificate');

/** Whether the platform requests the certificate of its domain; else the operator brings one. */
export const requestsCertificate = ({ domain, certificateArn }: Settings): boolean =>
  domain !== undefined && certificateArn === undefined;

/** Whether there is a certificate, so that TLS can end at the balancers. */
export const hasCertificate = (settings: Settings): boolean =>
  settings.certificateArn !== undefined || requestsCertificate(settings);

/** Whether SIP over TLS is reached: at the balancer that the SIP domain names. */
export const hasTls = (settings: Settings): boolean => settings.sip === 'on' && hasCertificate(settings);

/**
 * Whether browsers reach the sidecar: only over TLS, with the certificate of the SIP domain, which names the main
 * balancer.
 */
export const hasWebSocket = (settings: Settings): boolean => hasTls(settings) && settings.sipDomain !== undefined;

/** The certificate of the API's domain or of SIP's, which is one and the same. */
export const certificateArnIn = (scope: Construct, { certificateArn }: Settings, names: Names): string =>
  certificateArn ?? ssm.StringParameter.valueForStringParameter(scope, certificateParameter(names));

/** One certificate for the API's domain and for SIP's. Its records are created in the hosted zone. */
export class DomainCertificate extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { settings, names }: { readonly settings: Settings; readonly names: Names },
  ) {
    super(scope, id);
    const { domain = '', sipDomain = domain, hostedZoneId } = settings;
    const certificate = new acm.CfnCertificate(this, 'Certificate', {
      domainName: domain,
      subjectAlternativeNames: [sipDomain],
      validationMethod: 'DNS',
      ...(hostedZoneId === undefined
        ? {}
        : { domainValidationOptions: [domain, sipDomain].map((domainName) => ({ domainName, hostedZoneId })) }),
    });
    // Stacks that are updated later still use it; CloudFormation would fail to delete it.
    certificate.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
    if (hostedZoneId === undefined)
      Annotations.of(this).addWarningV2(
        'trunkline:certificate',
        `The deployment waits until the records that AWS Certificate Manager names for ${domain} and ${sipDomain} ` +
          'are published. With hostedZoneId it publishes them; with certificateArn it takes your certificate.',
      );
    new ssm.StringParameter(this, 'Parameter', {
      parameterName: certificateParameter(names),
      stringValue: certificate.ref,
      description: "Certificate of the API's domain and of SIP's",
    });
  }
}
