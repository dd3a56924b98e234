"""The least page that imports torch."""

import streamlit as st
import torch

st.write("torch is here", torch.__version__)
