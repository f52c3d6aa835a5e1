import { Alert, Button, CopyButton, Group, Image, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { t } from '../texts/texts.ts';
import { request } from '../kit/api.ts';
import { Problem } from '../kit/page.tsx';

/** A QR code as an image. */
async function codeOf(text: string): Promise<string> {
  const svg = await request({ method: 'GET', path: '/qrcode/link', query: { data: text, format: 'svg', size: 180 } });
  return `data:image/svg+xml,${encodeURIComponent(String(svg))}`;
}

type ProvisioningProps = { readonly url: string };

/** How a phone gets its settings: a link that is typed on its own page, or scanned. */
export function Provisioning({ url }: ProvisioningProps) {
  const { data: image, error } = useQuery({
    queryKey: ['qr code', url],
    queryFn: () => codeOf(url),
    staleTime: Infinity,
    gcTime: 0,
  });
  return (
    <Group align="start" gap="lg">
      {image !== undefined && <Image src={image} alt={t('QR code of the link')} w={180} h={180} />}
      <Stack flex="1 1 280px" gap="xs">
        <Text size="sm">
          {t(
            'Enter this link as the provisioning server on the page of the phone, or scan it. Then restart the phone.',
          )}
        </Text>
        <Group align="end" wrap="nowrap">
          <TextInput flex={1} label={t('Link for the phone')} value={url} readOnly />
          <CopyButton value={url}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? t('Copied') : t('Copy')}
              </Button>
            )}
          </CopyButton>
        </Group>
        <Alert color="yellow" variant="light">
          {t('The link has the password of the phone. Do not send it to others.')}
        </Alert>
        <Problem error={error} />
      </Stack>
    </Group>
  );
}
