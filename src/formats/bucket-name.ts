// In: what the user gave as the name of a bucket. Out: nothing, or what is wrong with it by the rules of AWS.

/** Prefixes and suffixes that AWS keeps for itself. */
const RESERVED_STARTS = ['xn--', 'sthree-', 'amzn-s3-demo-']
const RESERVED_ENDS = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3']

/** In the order in which they help: the first one that applies is said. */
const FAULTS: readonly { readonly words: string; has(name: string): boolean }[] = [
  { words: 'has a / in it; name the bucket alone, the folder in it is the prefix', has: (name) => name.includes('/') },
  { words: 'has capital letters; write them small', has: (name) => /[A-Z]/.test(name) },
  { words: 'has an underscore; use a dash', has: (name) => name.includes('_') },
  {
    words: 'has other characters than a to z, 0 to 9, dots and dashes',
    has: (name) => /[^a-z0-9.-]/.test(name),
  },
  { words: 'is too short; take 3 to 63 characters', has: (name) => name.length < 3 },
  { words: 'is too long; take 3 to 63 characters', has: (name) => name.length > 63 },
  {
    words: 'must begin and end with a letter or digit',
    has: (name) => !/^[a-z0-9].*[a-z0-9]$/.test(name),
  },
  { words: 'has two dots in a row', has: (name) => name.includes('..') },
  { words: 'looks like an IP address', has: (name) => /^\d+\.\d+\.\d+\.\d+$/.test(name) },
  {
    words: 'begins or ends as only names of AWS itself may',
    has: (name) =>
      RESERVED_STARTS.some((start) => name.startsWith(start)) || RESERVED_ENDS.some((end) => name.endsWith(end)),
  },
]

/**
 * Why this is no name for a bucket, or undefined when it is one; goes on after the value: `has capital letters; …`.
 * The rules of AWS, which all other stores take too:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function whyNotBucketName(name: string): string | undefined {
  if (name === '') return 'is empty'
  // A path is told apart before its scheme's colon is.
  if (/^s3a?:\/\//i.test(name)) return 'is an address; name the bucket alone'
  return FAULTS.find(({ has }) => has(name))?.words
}

/**
 * What stands between the bucket and MLflow's own folders, without slashes at its ends. `problem` goes on after the value.
 * Only characters that need no encoding in URLs, proxies and shells are taken.
 */
export function objectPrefixOf(text: string): { readonly prefix: string } | { readonly problem: string } {
  const prefix = text.replace(/^\/+|\/+$/g, '')
  if (/^s3a?:\/\//i.test(text)) return { problem: 'is an address; name the folder in the bucket alone' }
  if (/[^A-Za-z0-9/._-]/.test(prefix)) {
    return { problem: 'has other characters than letters, digits, slashes, dots, dashes and underscores' }
  }
  if (prefix.split('/').some((part, _, parts) => parts.length > 1 && part === ''))
    return { problem: 'has two slashes in a row' }
  if (prefix.split('/').some((part) => part === '.' || part === '..'))
    return { problem: 'has . or .. as the name of a folder' }
  if (prefix.length > 512) return { problem: 'is longer than 512 characters' }
  return { prefix }
}
