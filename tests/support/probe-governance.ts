/** The rules of a home whose skills are the rules and "probe", for as many changes as a test makes. */
export const probeGovernance = `export default skill('l0_governance', {
  version: '1.0',
  definition: [
    constraint('allowed_skills', { value: ['l0_governance', 'probe'] }),
    constraint('immutable_skills', { value: ['core_safety'] }),
    constraint('require_human_approval', { value: true }),
    constraint('recording', { value: { L0: 'full', L1: 'hash_only', L2: 'none' } }),
    constraint('session_limit', { value: 1000 }),
  ],
})
`
