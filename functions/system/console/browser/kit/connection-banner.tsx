import { Affix, Alert } from '@mantine/core';
import { useConnection } from './connection.ts';

const texts = {
  gone: 'The server cannot be reached. The page goes on as soon as it answers.',
  slow: 'The server takes long to answer.',
} as const;

/** Says on every page that the server does not answer, or takes long. */
export function ConnectionBanner() {
  const connection = useConnection();
  return (
    <Affix position={{ bottom: 12, left: 12 }} maw="calc(100vw - 24px)">
      <div role={connection === 'gone' ? 'alert' : 'status'} data-connection={connection}>
        {connection !== 'good' && (
          <Alert color={connection === 'gone' ? 'red' : 'yellow'} variant="filled" autoContrast py="xs" role="none">
            {texts[connection]}
          </Alert>
        )}
      </div>
    </Affix>
  );
}
