import type { Platform } from './platform.ts';
import { versions } from './versions.ts';

/** What the rehearsal runs, apart from Node; kubectl is for the tests of what a person runs by hand. */
export const binaryNames = [
  'temporal',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'etcd',
  'kwok',
  'kwokctl',
  'kubectl',
] as const;
export type BinaryName = (typeof binaryNames)[number];

/** Where a vendor publishes a file, and where it publishes that file's sha256. */
export interface DownloadSource {
  url: string;
  checksum: /** A text of `<sha256>` or of lines `<sha256>  <file>`. */
    | { kind: 'file'; url: string }
    /** GitHub's own record of the asset (`assets[].digest`), for a vendor that publishes no checksum file. */
    | { kind: 'github-release'; url: string };
  /** The path of the executable in the archive at `url`; absent where `url` is the executable. */
  archiveMember?: string;
}

/** How one executable is recognised, downloaded and built. */
export interface BinarySpec {
  name: string;
  /** The pinned version, without `v`. */
  version: string;
  /** The environment variable that may hold an explicit path. */
  variable: string;
  /** Arguments that make it print its version and exit with 0. */
  versionArguments: readonly string[];
  build: {
    /** The folder under `tools/`. */
    module: string;
    package: string;
    ldflags: readonly string[];
    /** How long a build takes on 2 cores with an empty Go cache, in minutes. For the progress lines only. */
    expectedMinutes: number;
  };
  /** The vendor's download, or nothing where the vendor has none for the platform. */
  download: (platform: Platform) => DownloadSource | undefined;
}

const strip = ['-s', '-w'] as const;

function githubRelease(repository: string, version: string, file: string): string {
  return `https://github.com/${repository}/releases/download/v${version}/${file}`;
}

interface KubernetesOptions {
  versionArguments?: readonly string[];
  /** Whether Kubernetes publishes it for macOS too: client executables only. */
  forMac?: boolean;
}

function kubernetes(
  name: string,
  expectedMinutes: number,
  { versionArguments = ['--version'], forMac = false }: KubernetesOptions = {},
): BinarySpec {
  const version = versions.kubernetes;
  const [major, minor] = version.split('.');
  const variable = 'k8s.io/component-base/version';
  return {
    name,
    version,
    variable: variableOf(name),
    versionArguments,
    build: {
      module: 'kubernetes',
      package: `k8s.io/kubernetes/cmd/${name}`,
      // Without these the API server calls itself v0.0.0-master, and everything that asks for its version is misled.
      ldflags: [
        ...strip,
        `-X ${variable}.gitVersion=v${version}`,
        `-X ${variable}.gitMajor=${major}`,
        `-X ${variable}.gitMinor=${minor}`,
      ],
      expectedMinutes,
    },
    // Kubernetes publishes server executables for Linux only.
    download: ({ os, arch }) => {
      if (os !== 'linux' && !forMac) return undefined;
      const url = `https://dl.k8s.io/v${version}/bin/${os}/${arch}/${name}`;
      return { url, checksum: { kind: 'file', url: `${url}.sha256` } };
    },
  };
}

function kwok(name: 'kwok' | 'kwokctl', expectedMinutes: number): BinarySpec {
  const version = versions.kwok;
  return {
    name,
    version,
    variable: variableOf(name),
    versionArguments: ['--version'],
    build: {
      module: 'kwok',
      package: `sigs.k8s.io/kwok/cmd/${name}`,
      ldflags: [...strip, `-X sigs.k8s.io/kwok/pkg/consts.Version=v${version}`],
      expectedMinutes,
    },
    // kwok publishes no checksum file (hack/releases.sh).
    download: ({ os, arch }) => ({
      url: githubRelease('kubernetes-sigs/kwok', version, `${name}-${os}-${arch}`),
      checksum: {
        kind: 'github-release',
        url: `https://api.github.com/repos/kubernetes-sigs/kwok/releases/tags/v${version}`,
      },
    }),
  };
}

const etcd: BinarySpec = {
  name: 'etcd',
  version: versions.etcd,
  variable: variableOf('etcd'),
  versionArguments: ['--version'],
  build: { module: 'etcd', package: 'go.etcd.io/etcd/server/v3', ldflags: strip, expectedMinutes: 1 },
  download: ({ os, arch }) => {
    const folder = `etcd-v${versions.etcd}-${os}-${arch}`;
    const file = `${folder}.${os === 'darwin' ? 'zip' : 'tar.gz'}`;
    return {
      url: githubRelease('etcd-io/etcd', versions.etcd, file),
      checksum: { kind: 'file', url: githubRelease('etcd-io/etcd', versions.etcd, 'SHA256SUMS') },
      archiveMember: `${folder}/etcd`,
    };
  },
};

// File names and ldflags: .goreleaser.yml of the Temporal CLI.
const temporal: BinarySpec = {
  name: 'temporal',
  version: versions.temporal,
  variable: variableOf('temporal'),
  versionArguments: ['--version'],
  build: {
    module: 'temporal',
    package: 'github.com/temporalio/cli/cmd/temporal',
    ldflags: [...strip, `-X github.com/temporalio/cli/internal/temporalcli.Version=${versions.temporal}`],
    expectedMinutes: 4,
  },
  download: ({ os, arch }) => ({
    url: githubRelease('temporalio/cli', versions.temporal, `temporal_cli_${versions.temporal}_${os}_${arch}.tar.gz`),
    checksum: { kind: 'file', url: githubRelease('temporalio/cli', versions.temporal, 'checksums.txt') },
    archiveMember: 'temporal',
  }),
};

/** `kube-apiserver` → `PROXYSHIFT_KUBE_APISERVER`. */
function variableOf(name: string): string {
  return `PROXYSHIFT_${name.toUpperCase().replaceAll('-', '_')}`;
}

export const binarySpecs: Record<BinaryName, BinarySpec> = {
  temporal,
  'kube-apiserver': kubernetes('kube-apiserver', 4),
  'kube-controller-manager': kubernetes('kube-controller-manager', 2),
  'kube-scheduler': kubernetes('kube-scheduler', 1),
  etcd,
  kwok: kwok('kwok', 2),
  kwokctl: kwok('kwokctl', 1),
  kubectl: kubernetes('kubectl', 2, { versionArguments: ['version', '--client'], forMac: true }),
};
