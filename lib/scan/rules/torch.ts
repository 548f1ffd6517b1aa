import { POLICY } from '../policy.js';
import { nodeAt, textAt, type PyNode } from '../tree.js';
import { isListed, namedArguments } from './callees.js';
import type { Rule } from './rule.js';

const alias: Rule = {
  id: 'torch_alias',
  severity: 'reject',
  section: 'Torch',
  description: '`torch` has one name: no alias, no copy in a variable, container, default or argument.',
  remedy: 'Write `torch` itself; aliases of its submodules (`import torch.nn.functional as F`) are fine.',
  rejected: [
    'import torch as t\n',
    'import torch\n\nx = torch\n',
    'import torch\n\n(x := torch)\n',
    'import torch\n\na, b = torch, 1\n',
    'import torch\n\n\ndef f(t=torch):\n    return t\n',
    'import torch\n\nprint([torch][0].nn)\n',
    'import torch.nn.functional as F\n\nx = F.torch\n',
    'import torch\n\ntorch = 1\n',
  ],
  accepted: [
    'import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\nx = torch.ones(1)\n',
    'import torch\n\nx = hasattr(torch, "compile")\n',
    'import torch as torch\n',
    'import torch\n\n\nclass A(torch.nn.Module):\n    torch_dtype = torch.float32\n',
  ],
  visit: (file, found) => ({
    path: (path, node) => {
      if (node.type === 'alias') {
        const name = textAt(node, 'asname');
        if (path === 'torch' && name !== undefined && name !== 'torch')
          found(node, `torch gets the name ${name}.`);
      } else if (path === 'torch' && !isPlainUse(node)) {
        found(node, 'torch itself is handed on, so it gets another name.');
      }
      if (path.length > 5 && path.endsWith('.torch')) found(node, 'torch is reached through another module.');
    },
    end: () => {
      const isTorch = (path?: string) => path === 'torch';
      const bindings = file.scopes.all.flatMap((scope) => scope.bindings.get('torch') ?? []);
      const isImported = bindings.some(({ path }) => isTorch(path));
      for (const { node, kind, path } of bindings) {
        if (isTorch(path) || isMissingTorch(node) || !(isImported || kind === 'import')) continue;
        found(node, 'The name torch is bound to something else.');
      }
    },
  }),
};

/** `torch = None` where an import failed: nothing of torch runs then. */
const isMissingTorch = (node: PyNode): boolean => {
  const statement = node.parent;
  const value = statement && nodeAt(statement, 'value');
  return (
    statement?.type === 'Assign' &&
    statement.parent?.type === 'ExceptHandler' &&
    value?.fields['value'] === 'None'
  );
};

/** `torch.x`, and questions about torch that hand nothing on. */
const isPlainUse = (node: PyNode): boolean => {
  const { parent, role } = node;
  if (parent && QUESTIONS.has(parent.type) && role !== 'body' && role !== 'orelse') return true;
  if (parent?.type === 'BoolOp' && parent.role === 'test') return true;
  const callee = parent?.type === 'Call' && role === 'args' ? nodeAt(parent, 'func') : undefined;
  return (
    callee?.type === 'Name' && ['hasattr', 'getattr', 'print', 'id'].includes(textAt(callee, 'id') ?? '')
  );
};

const QUESTIONS = new Set(['Attribute', 'Compare', 'If', 'IfExp', 'Assert', 'UnaryOp', 'FormattedValue']);

const backend: Rule = {
  id: 'backend_setting',
  severity: 'reject',
  section: 'Torch',
  description: 'Global settings of torch stay as the evaluator made them: the same for everybody.',
  remedy: 'Remove it; choose attention kernels with `torch.nn.attention.sdpa_kernel` around your own calls.',
  rejected: [
    'import torch\n\ntorch.backends.cudnn.benchmark = True\n',
    'import torch\n\ntorch.backends.cuda.matmul.allow_tf32 = True\n',
    'import torch\n\ntorch.set_float32_matmul_precision("high")\n',
    'from torch.backends.cuda import enable_flash_sdp\n',
    'import torch.backends.cudnn as c\n\nc.deterministic = False\n',
    'import torch\n\nm = torch.backends.cuda.cuBLASModule()\nm.allow_fp16_accumulation = True\n',
  ],
  accepted: [
    'import torch\nfrom torch.nn.attention import SDPBackend, sdpa_kernel\n\nx = torch.backends.cudnn.version()\n',
    'def f(model):\n    print("allow_tf32")\n    return model.backend\n',
  ],
  visit: (file, found) => ({
    path: (path, node) => {
      if (POLICY.backendSetters.has(path)) found(node, `${path} changes a setting for the whole process.`);
    },
    on: {
      Attribute: (node) => {
        const base = nodeAt(node, 'value');
        if (node.fields['ctx'] === 'Load' || !base) return;
        const attr = textAt(node, 'attr') ?? '';
        const setting = file.pathsOf(base).some((path) => isBackendSetting(`${path}.${attr}`));
        if (setting || POLICY.backendSettings.has(`*.${attr}`))
          found(node, `The backend setting ${attr} is changed.`);
      },
    },
  }),
};

export const isBackendSetting = (path: string): boolean =>
  path.startsWith('torch.backends.') || isListed(path, POLICY.backendSettings);

const files: Rule = {
  id: 'file_access',
  severity: 'reject',
  section: 'Torch',
  description: 'Nothing is loaded from or saved to files, and nothing unpickled.',
  remedy: 'Work with what inner_steps is given; keep saving and loading under the main guard.',
  rejected: [
    'import torch\n\ntorch.save({}, "x")\n',
    'import numpy as np\n\nx = np.load("x")\n',
    'from torch import load\n',
    'import torch\n\nx = getattr(torch, "load")\n',
    'def f(g):\n    return g(weights_only=False)\n',
  ],
  accepted: [
    'class A:\n    def save(self):\n        return self\n\n\nA().save()\n',
    'import torch\n\nif __name__ == "__main__":\n    torch.save({}, "x")\n',
    'def f(model):\n    return model.load_state_dict({})\n',
  ],
  visit: (file, found) => ({
    path: (path, node) => {
      if (isListed(path, POLICY.fileFunctions)) found(node, `${path} reads or writes files.`);
    },
    on: {
      Attribute: (node) => {
        const attr = textAt(node, 'attr') ?? '';
        if (POLICY.fileMethods.has(attr)) found(node, `.${attr} writes files.`);
      },
      ...namedArguments('weights_only', 'False', file, (node) =>
        found(node, 'weights_only=False unpickles whatever the file holds.'),
      ),
    },
  }),
};

const seeds: Rule = {
  id: 'rng_state',
  severity: 'reject',
  section: 'Torch',
  description: 'The state of random generators is not read: it would foretell the evaluator’s samples.',
  remedy: 'Seed a generator of your own: `torch.Generator().manual_seed(n)`.',
  rejected: ['import torch\n\nx = torch.initial_seed()\n', 'from torch.cuda import get_rng_state\n'],
  accepted: [
    'import torch\n\ng = torch.Generator().manual_seed(1)\n',
    'import random\n\nx = random.random()\n',
  ],
  visit: (_file, found) => ({
    path: (path, node) => {
      if (isListed(path, POLICY.rngReaders)) found(node, `${path} reads the state of a random generator.`);
    },
  }),
};

const gradMode: Rule = {
  id: 'grad_mode',
  severity: 'warn',
  section: 'Torch',
  description:
    'Switching gradients off is fine outside the path that trains; the evaluation’s numbers decide.',
  remedy: 'Make sure that every parameter still gets its gradient from every token.',
  rejected: [
    'import torch\n\n\ndef f(x):\n    with torch.no_grad():\n        return x + 1\n',
    'import torch\n\ntorch.set_grad_enabled(False)\n',
  ],
  accepted: [
    'import torch\n\nwith torch.enable_grad():\n    x = 1\n',
    'def f(no_grad):\n    return no_grad\n',
  ],
  visit: (_file, found) => ({
    path: (path, node) => {
      if (node.type !== 'alias' && isListed(path, POLICY.gradModes))
        found(node, `${path} switches gradients off.`);
    },
  }),
};

export const torchRules = [alias, backend, files, seeds, gradMode] satisfies Rule[];
