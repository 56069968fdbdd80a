//! Many values looked for at once in one pass over the output (Aho and
//! Corasick, 1975). It is made of the values, so it is erased like them.

use zeroize::Zeroize;

/// The values as a tree with a way back from every mismatch.
pub(crate) struct Trie {
    nodes: Vec<Node>,
    /// The children of the root by byte: where almost every step is.
    first: Box<[u32; 256]>,
    longest: usize,
}

#[derive(Clone, Copy, Default, Zeroize)]
struct Node {
    child: u32,
    sibling: u32,
    /// The node of the longest suffix that is also in the tree.
    fail: u32,
    /// Length of the text from the root to here.
    depth: u32,
    /// Length of the longest value that ends here, 0 for none.
    found: u32,
    byte: u8,
}

impl Trie {
    pub(crate) const ROOT: u32 = 0;

    pub(crate) fn new(patterns: &[&[u8]]) -> Self {
        let total: usize = patterns.iter().map(|pattern| pattern.len()).sum();
        // Exactly enough, so that growing leaves no copy behind.
        let mut nodes = Vec::with_capacity(total + 1);
        nodes.push(Node::default());
        let longest = patterns.iter().map(|pattern| pattern.len()).max().unwrap_or(0);
        let mut trie = Self { nodes, first: Box::new([0; 256]), longest };
        for pattern in patterns {
            trie.insert(pattern);
        }
        trie.link();
        trie
    }

    /// Length of the longest value.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// The state after one more byte.
    pub(crate) fn next(&self, mut state: u32, byte: u8) -> u32 {
        loop {
            if let Some(child) = self.child(state, byte) {
                return child;
            }
            if state == Self::ROOT {
                return Self::ROOT;
            }
            state = self.node(state).fail;
        }
    }

    /// How many of the last bytes are the beginning of a value.
    pub(crate) fn depth(&self, state: u32) -> u32 {
        self.node(state).depth
    }

    /// How many of the last bytes are a whole value, 0 for none.
    pub(crate) fn longest_match(&self, state: u32) -> u32 {
        self.node(state).found
    }

    fn insert(&mut self, pattern: &[u8]) {
        let mut at = Self::ROOT;
        for byte in pattern {
            at = match self.child(at, *byte) {
                Some(child) => child,
                None => self.grow(at, *byte),
            };
        }
        if let Some(node) = self.nodes.get_mut(at as usize) {
            node.found = node.depth;
        }
    }

    fn grow(&mut self, parent: u32, byte: u8) -> u32 {
        let new = self.nodes.len() as u32;
        let Node { child: sibling, depth, .. } = self.node(parent);
        self.nodes.push(Node { sibling, byte, depth: depth + 1, ..Node::default() });
        if let Some(node) = self.nodes.get_mut(parent as usize) {
            node.child = new;
        }
        if parent == Self::ROOT {
            self.first[usize::from(byte)] = new;
        }
        new
    }

    /// Sets the way back of every node, nearest to the root first.
    fn link(&mut self) {
        let mut queue = std::collections::VecDeque::from([Self::ROOT]);
        while let Some(parent) = queue.pop_front() {
            let mut at = self.node(parent).child;
            while at != 0 {
                let Node { byte, sibling, .. } = self.node(at);
                let fail = if parent == Self::ROOT { Self::ROOT } else { self.next(self.node(parent).fail, byte) };
                let inherited = self.node(fail).found;
                if let Some(node) = self.nodes.get_mut(at as usize) {
                    node.fail = fail;
                    node.found = node.found.max(inherited);
                }
                queue.push_back(at);
                at = sibling;
            }
        }
    }

    fn child(&self, parent: u32, byte: u8) -> Option<u32> {
        if parent == Self::ROOT {
            return Some(self.first[usize::from(byte)]).filter(|child| *child != 0);
        }
        let mut at = self.node(parent).child;
        while at != 0 {
            let node = self.node(at);
            if node.byte == byte {
                return Some(at);
            }
            at = node.sibling;
        }
        None
    }

    fn node(&self, at: u32) -> Node {
        self.nodes.get(at as usize).copied().unwrap_or_default()
    }
}

impl Drop for Trie {
    fn drop(&mut self) {
        self.nodes.zeroize();
        self.first.zeroize();
    }
}
