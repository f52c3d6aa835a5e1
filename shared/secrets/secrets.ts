import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { secretVariable, type SecretName } from '../contract/effects.ts';
import { awsTimeouts } from '../aws/timeouts.ts';

/** The secrets that a function's contract names. */
export type Secrets<N extends SecretName = SecretName> = {
  /** The current value, or that of a version. @throws the store's error, also if there is none */
  readonly read: (secret: N, version?: string) => Promise<string>;
  /**
   * Stores a version unless it exists, and returns its stored value: the first writer determines it for all. The name
   * of a version has 32–64 characters.
   */
  readonly putOnce: (secret: N, version: string, value: string) => Promise<string>;
};

const newClient = () => new SecretsManagerClient({ maxAttempts: 4, requestHandler: awsTimeouts(5_000) });

/** Reads secrets by their names in Secrets Manager: of the operator, which no contract names. */
export const secretReader =
  (client = newClient()) =>
  async (name: string, version?: string): Promise<string> => {
    const { SecretString } = await client.send(
      new GetSecretValueCommand({ SecretId: name, ...(version === undefined ? {} : { VersionId: version }) }),
    );
    if (SecretString === undefined) throw new Error(`the secret ${name} has no text`);
    return SecretString;
  };

/** Secrets of Secrets Manager, by the names in the environment. */
export function secretsFromEnvironment(environment: NodeJS.ProcessEnv = process.env, client = newClient()): Secrets {
  const nameOf = (secret: SecretName): string => environment[secretVariable(secret)] ?? '';
  const readNamed = secretReader(client);
  const read = (secret: SecretName, version?: string): Promise<string> => readNamed(nameOf(secret), version);

  return {
    read,
    putOnce: async (secret, version, value) => {
      try {
        // The request token becomes the version's id (Secrets Manager API Reference, PutSecretValue).
        await client.send(
          new PutSecretValueCommand({ SecretId: nameOf(secret), ClientRequestToken: version, SecretString: value }),
        );
        return value;
      } catch (error) {
        if (!(error instanceof ResourceExistsException)) throw error;
        return read(secret, version);
      }
    },
  };
}
