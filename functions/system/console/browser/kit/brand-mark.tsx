import { Group, Text } from '@mantine/core';
import { useBrand, type Brand } from './brand.ts';

type MarkProps = {
  readonly brand: Pick<Brand, 'name' | 'logo_url' | 'icon_url'>;
  /** CSS pixels. */
  readonly height: number;
};

/** The logo of a brand, else its icon and its name. */
export const Mark = ({ brand: { name, logo_url: logo, icon_url: icon }, height }: MarkProps) =>
  logo === null ? (
    <Group gap="xs" wrap="nowrap">
      {icon !== null && <img src={icon} alt="" height={height} />}
      <Text fw={700}>{name}</Text>
    </Group>
  ) : (
    <img src={logo} alt={name} height={height} style={{ maxWidth: '100%', objectFit: 'contain', alignSelf: 'start' }} />
  );

/** That of the brand that is shown. */
export const BrandMark = ({ height }: Pick<MarkProps, 'height'>) => <Mark brand={useBrand()} height={height} />;
